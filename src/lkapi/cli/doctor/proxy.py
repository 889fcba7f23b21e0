"""Whether a proxy is used; its password is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.cli.doctor.findings import failure, ok
from lkapi.cli.exit_codes import ExitCode
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding
    from lkapi.transports.targets import Proxy

__all__ = ["check_proxy", "shown_proxy", "without_password"]


def check_proxy(case: Case) -> Finding:
    """Name the proxy that the environment sets for this server, or say why it cannot be used."""
    try:
        proxy = case.proxy
    except SettingsError as error:
        problem, _, advice = str(error).partition(": ")
        return failure("proxy", problem, advice, ExitCode.SETTINGS)
    if proxy is None:
        return ok("proxy", "none for this host")
    shown = shown_proxy(proxy)
    text = f"through {shown}, from the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY)"
    return ok("proxy", text, proxy=shown)


def shown_proxy(proxy: Proxy) -> str:
    """A proxy's url, its user and password masked."""
    scheme, _, host = proxy.url.partition("://")
    return f"{scheme}://***@{host}" if proxy.headers else proxy.url


def without_password(url: str) -> str:
    """A proxy's url with its user and password masked, in any form of url."""
    before, mark, host = url.rpartition("@")
    if not mark:
        return url
    scheme, has_scheme, _ = before.partition("://")
    return f"{scheme}://***@{host}" if has_scheme else f"***@{host}"
