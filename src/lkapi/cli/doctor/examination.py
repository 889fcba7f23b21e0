"""The checks of a server in order; a check is left out if one that it depends on failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi._credentials import bare
from lkapi.cli.doctor.case import Case
from lkapi.cli.doctor.credentials import check_credentials
from lkapi.cli.doctor.findings import Level, failure, ok, warning
from lkapi.cli.doctor.grants import check_grants
from lkapi.cli.doctor.latency import check_latency
from lkapi.cli.doctor.network import check_connection, check_names, find_addresses
from lkapi.cli.doctor.proxy import check_proxy
from lkapi.cli.doctor.regions import check_regions
from lkapi.cli.doctor.server import check_answer, check_clock, check_kind, visit
from lkapi.cli.doctor.tls import check_tls
from lkapi.cli.exit_codes import ExitCode
from lkapi.errors import SettingsError
from lkapi.settings import Settings, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lkapi.cli.credentials import Connection
    from lkapi.cli.doctor.findings import Finding
    from lkapi.settings import Credentials, ServerURL

__all__ = ["examine", "examine_case"]

_HOW = "give --url, --api-key and --api-secret, or --project, or set the LIVEKIT_ variables"


def examine(connection: Connection, make_case: Callable[..., Case] = Case) -> Iterator[Finding]:
    """Yields everything that can be found out about a server.

    Args:
        connection: url and credentials, not yet checked.
        make_case: given ``url`` and ``credentials``, sets the rest.
    """
    if not connection.url:
        yield failure("url", "there is none", _HOW, ExitCode.SETTINGS)
        return
    try:
        url = parse_url(connection.url)
    except SettingsError as error:
        yield failure("url", str(error), _HOW, ExitCode.SETTINGS)
        return
    yield check_url(url)
    credentials, problem = _read_credentials(connection, url)
    if problem is not None:
        yield problem
    case = make_case(url=url, credentials=credentials)
    try:
        yield from examine_case(case)
    finally:
        case.close()


def check_url(url: ServerURL) -> Finding:
    """The url as lkapi understands it."""
    if url.path:
        hint = "nothing, if a proxy serves LiveKit below that path"
        return warning("url", f"{url.base} has the path {url.path}", hint, url=url.base)
    return ok("url", url.base, url=url.base)


def _read_credentials(
    connection: Connection, url: ServerURL
) -> tuple[Credentials | None, Finding | None]:
    """The credentials, or what is wrong with them without a request."""
    pair = (connection.api_key, connection.api_secret)
    if not connection.token and not any(pair):
        return None, failure("credentials", "there are none", _HOW, ExitCode.SETTINGS)
    try:
        key, secret = (None, None) if connection.token else connection.key()
        found = Settings.resolve(url.base, key, secret, token=connection.token, environ={})
    except SettingsError as error:
        text, _, advice = str(error).partition(": ")
        return None, failure("credentials", text, advice or _HOW, ExitCode.SETTINGS)
    for name, value in (("API key", key or ""), ("API secret", secret or "")):
        if bare(value) != value:
            problem = f"the {name} has blanks or quotes around it"
            return None, failure("credentials", problem, "leave them out", ExitCode.SETTINGS)
    return found.credentials, None


def examine_case(case: Case) -> Iterator[Finding]:
    """The checks from the network upwards; after one fails, those above it are left out."""
    proxy = check_proxy(case)
    yield proxy
    if proxy.level is Level.FAILURE:
        return
    addresses = find_addresses(case.url.host, case.port)
    ground: tuple[Callable[[], Finding], ...] = (
        lambda: check_names(case, addresses),
        lambda: check_connection(case, addresses),
        lambda: check_tls(case),
    )
    for check in ground:
        finding = check()
        yield finding
        if finding.level is Level.FAILURE:
            return
    seen = visit(case)
    answer = check_answer(case, seen)
    yield answer
    if answer.level is Level.FAILURE:
        return
    yield check_clock(case, seen)
    yield check_kind(case, seen)
    if case.credentials is None:
        return
    accepted = check_credentials(case)
    yield accepted
    if accepted.level is not Level.FAILURE:
        yield from check_grants(case)
        yield check_regions(case)
    elif accepted.code is not ExitCode.REFUSED:
        return  # calls fail, so that there is nothing to time
    yield check_latency(case)
