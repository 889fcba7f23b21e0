"""Names and connections: does the host have addresses, and does each accept a connection?"""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.cli.doctor.findings import failure, ok, warning
from lkapi.cli.doctor.proxy import shown_proxy
from lkapi.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding

__all__ = ["Addresses", "check_connection", "check_names", "find_addresses"]

_TRIED: Final = 6
"""How many addresses are tried."""


@attrs.frozen
class Addresses:
    """The result of looking up a name."""

    host: str
    port: int
    found: tuple[str, ...] = ()
    problem: str = ""


def find_addresses(host: str, port: int) -> Addresses:
    """Look a name up; an error is part of the result."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Addresses(host, port, problem=error.strerror or str(error))
    except UnicodeError as error:
        return Addresses(host, port, problem=str(error))
    return Addresses(host, port, tuple(dict.fromkeys(str(info[4][0]) for info in infos)))


def check_names(case: Case, addresses: Addresses) -> Finding:
    """Whether the host has addresses; behind a proxy, the proxy looks the name up."""
    if _is_address(case.url.host):
        return ok("dns", "not needed: the url has an address", addresses=[case.url.host])
    if addresses.found:
        count = sum(":" in address for address in addresses.found)
        kinds = "IPv4 and IPv6" if 0 < count < len(addresses.found) else "IPv6" if count else "IPv4"
        found = list(addresses.found)
        return ok("dns", f"{addresses.host} is {', '.join(found)} ({kinds})", addresses=found)
    text = f"{addresses.host} has no address: {addresses.problem or 'the response is empty'}"
    if case.proxy is not None:
        return warning("dns", text, "nothing, if the proxy looks names up itself")
    hint = "is the host spelled right, and does this machine have a network?"
    if case.cloud:
        hint = "is it the url that LiveKit Cloud shows for the project, and is there a network?"
    return failure("dns", text, hint, ExitCode.NETWORK)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check_connection(
    case: Case, addresses: Addresses, *, monotonic: Callable[[], float] = time.monotonic
) -> Finding:
    """Whether each address of the host, or of the proxy for it, accepts a TCP connection."""
    what = f"{addresses.host} port {addresses.port}"
    if case.proxy is not None:
        what = f"the proxy {shown_proxy(case.proxy)}"
        addresses = find_addresses(case.proxy.host, case.proxy.port)
    took: dict[str, float] = {}
    failed: dict[str, str] = {}
    for address in addresses.found[:_TRIED]:
        begun = monotonic()
        try:
            socket.create_connection((address, addresses.port), case.timeout).close()
        except OSError as error:
            failed[address] = _reason(error, case.timeout)
        else:
            took[address] = round((monotonic() - begun) * 1000, 1)
    return _judge(what, addresses, took, failed)


def _judge(
    what: str, addresses: Addresses, took: dict[str, float], failed: dict[str, str]
) -> Finding:
    told = "; ".join(f"{address}: {reason}" for address, reason in failed.items())
    facts = {"connected_ms": took, "failed": failed}
    if not took:
        reasons = told or addresses.problem or "it has no address"
        hint = "is the server running, is the port right, does a firewall keep this machine out?"
        return failure("tcp", f"{what} takes no connection: {reasons}", hint, ExitCode.NETWORK)
    if failed:
        hint = "clients may try these addresses first: repair the route, or remove them from DNS"
        return warning("tcp", f"{what} takes connections, but not on {told}", hint, **facts)
    return ok("tcp", f"{what} takes connections, in {min(took.values()):.0f} ms", **facts)


def _reason(error: OSError, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no response within {timeout:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "refused, nothing listens there"
    return error.strerror or str(error)
