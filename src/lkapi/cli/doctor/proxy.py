"""Whether a proxy is in between; its password is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.cli.doctor.findings import ok

if TYPE_CHECKING:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding

__all__ = ["check_proxy", "without_password"]


def check_proxy(case: Case) -> Finding:
    """Name the proxy that the environment puts before this server."""
    proxy = case.proxy
    if proxy is None:
        return ok("proxy", "none for this host")
    shown = without_password(proxy)
    text = f"through {shown}, from the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY)"
    return ok("proxy", text, proxy=shown)


def without_password(url: str) -> str:
    """A proxy's url with its user and password masked, however it is written."""
    before, mark, host = url.rpartition("@")
    if not mark:
        return url
    scheme, has_scheme, _ = before.partition("://")
    return f"{scheme}://***@{host}" if has_scheme else f"***@{host}"
