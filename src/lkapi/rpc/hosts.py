"""Hosts of LiveKit Cloud other than the project's own: analytics, agent simulations, agents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from lkapi.errors import SettingsError
from lkapi.settings import is_loopback, parse_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.settings import ServerURL

__all__ = ["AGENTS_URL_VARIABLE", "CLOUD_API_URL", "agents_url", "cloud_api_url"]

CLOUD_API_URL: Final = "https://cloud-api.livekit.io"
"""The host of analytics and agent simulations."""
AGENTS_URL_VARIABLE: Final = "LK_AGENTS_URL"
"""Environment variable that overrides the host of the agents service, as in the Go SDK."""


def agents_url(
    project: ServerURL, *, region: str = "", environ: Mapping[str, str] | None = None
) -> ServerURL:
    """The url of a project's agents service.

    ``LK_AGENTS_URL`` has precedence; a server on this machine is used itself; otherwise ``agents``
    replaces the first label of the project's host, over https, with the region before it if one is
    given.

    Raises:
        SettingsError: the project's host has no domain, or the region is not a host label.
    """
    given = (os.environ if environ is None else environ).get(AGENTS_URL_VARIABLE)
    if given:
        return parse_url(given)
    if is_loopback(project.host):
        return project
    domain = project.host.partition(".")[2]
    if not domain or ":" in project.host:
        raise SettingsError(
            f"the agents service cannot be derived from the host {project.host!r}: "
            f"set {AGENTS_URL_VARIABLE}, or use the url of a LiveKit Cloud project"
        )
    if region and not region.replace("-", "").isalnum():
        raise SettingsError(f"{region!r} is not a region: write one like 'us-east'")
    return parse_url(f"https://{region}.agents.{domain}" if region else f"https://agents.{domain}")


def cloud_api_url(project: ServerURL) -> ServerURL:
    """The url of analytics and simulations; a server on this machine is used itself."""
    return project if is_loopback(project.host) else parse_url(CLOUD_API_URL)
