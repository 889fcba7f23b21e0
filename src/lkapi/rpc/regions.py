"""Regions of LiveKit Cloud: reading the list, and which hosts may be sent a token. No I/O.

A region list comes from the network and names hosts that a bearer token is then sent to. So each
entry must be under the domain that the user named, over https; others are ignored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from lkapi.errors import SettingsError
from lkapi.settings import ServerURL, parse_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

REGIONS_PATH: Final = "/settings/regions"
DISCOVERY_TIMEOUT: Final = 2.0
"""Seconds that reading the region list may take; the other SDKs use two as well."""

_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})"?(?=\s*(?:,|$))', re.IGNORECASE)
_NO_STORE = re.compile(r"(?:^|[\s,])no-(?:store|cache)(?=\s*(?:,|$))", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Failover:
    """To which hosts a call may move when a region fails or refuses it."""

    domains: tuple[str, ...] = ("livekit.cloud", "livekit.run")
    """Domains whose hosts have regions; a call moves only within the domain that it started in."""
    request_id_domains: tuple[str, ...] = ("livekit.io",)
    """Further domains that de-duplicate by request id, although they have no region list."""
    insecure: bool = False
    """Also use http origins: for tests against local servers."""
    enabled: bool = True
    """Whether to move after failures; after HTTP 451, calls move in any case."""

    def domain_of(self, url: ServerURL) -> str | None:
        """The domain within which a call to this server may move; None for a self-hosted one."""
        if not (url.secure or self.insecure):
            return None
        return _domain(url.host, self.domains)

    def deduplicates(self, url: ServerURL) -> bool:
        """Whether the server acts only once on a repeated request id (LiveKit Cloud only)."""
        return _domain(url.host, (*self.domains, *self.request_id_domains)) is not None

    def allows(self, domain: str, candidate: ServerURL) -> bool:
        """Whether a token for this domain may be sent to a region's host."""
        return _domain(candidate.host, (domain,)) is not None and (
            candidate.secure or self.insecure
        )


def _domain(host: str, domains: Iterable[str]) -> str | None:
    for domain in domains:
        if host == domain or host.endswith("." + domain):
            return domain
    return None


def read_regions(content: bytes, domain: str, rules: Failover) -> tuple[str, ...]:
    """Origins of a region list in the server's order; entries that cannot be used are left out."""
    import json

    try:
        body: object = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    entries = cast("Mapping[str, object]", body).get("regions") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return ()
    found = (_origin(entry, domain, rules) for entry in cast("list[object]", entries))
    return tuple(dict.fromkeys(origin for origin in found if origin))


def _origin(entry: object, domain: str, rules: Failover) -> str | None:
    url = cast("Mapping[str, object]", entry).get("url") if isinstance(entry, dict) else None
    if not isinstance(url, str):
        return None
    try:
        candidate = parse_url(url)
    except SettingsError:
        return None
    return candidate.origin if rules.allows(domain, candidate) else None


def max_age(cache_control: str | None) -> float:
    """Seconds that a region list may be reused, from ``Cache-Control``; 0 if it does not say."""
    text = cache_control or ""
    found = _MAX_AGE.search(text)
    return float(found[1]) if found and not _NO_STORE.search(text) else 0.0


@attrs.define
class RegionCache:
    """The last region list of one client, and until when it counts as fresh."""

    origins: tuple[str, ...] = ()
    fresh_until: float = float("-inf")

    def fresh(self, now: float) -> tuple[str, ...] | None:
        """The list, if it may be used without reading it again."""
        return self.origins if now < self.fresh_until else None

    def store(self, origins: tuple[str, ...], age: float, now: float) -> None:
        """Keep a list that was just read."""
        self.origins = origins
        self.fresh_until = now + age


def next_origin(origins: Collection[str], tried: Collection[str]) -> str | None:
    """The first region that this call has not been to."""
    return next((origin for origin in origins if origin not in tried), None)
