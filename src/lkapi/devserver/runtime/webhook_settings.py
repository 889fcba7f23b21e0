"""Webhook URLs of an embedded server, as values and in a configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

import attrs

from lkapi._words import nearest
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WebhookPlace", "WebhookSettings", "read_webhooks", "to_webhooks"]


def _check_url(_instance: object, _field: object, url: str) -> None:
    if not _is_web_url(url):  # the error does not repeat it: it may contain a password or a key
        raise SettingsError(
            "a webhook URL must start with http:// or https:// and name a host, "
            "for example http://127.0.0.1:3000/webhook"
        )


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number, or an IPv6 address is not closed
        return False


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


@attrs.frozen
class WebhookSettings:
    """One URL that webhooks go to."""

    url: str = attrs.field(validator=_check_url)
    api_key: str = ""
    """API key that signs; empty for ``webhook_api_key`` of the world."""
    include_events: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    """Names of the events to send; empty for all. Wins over ``exclude_events``."""
    exclude_events: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)


WebhookPlace: TypeAlias = str | WebhookSettings
"""A URL that gets every event, or detailed settings."""

_NAMES: Final = tuple(field.name for field in attrs.fields(WebhookSettings))


def to_webhooks(places: Iterable[WebhookPlace]) -> tuple[WebhookSettings, ...]:
    """Settings of each URL.

    Raises:
        SettingsError: something is not an http or https URL, or no event has that name.
    """
    settings = tuple(
        place if isinstance(place, WebhookSettings) else WebhookSettings(place) for place in places
    )
    for one in settings:
        _check_events((*one.include_events, *one.exclude_events))
    return settings


def _check_events(names: Iterable[str]) -> None:
    from lkapi.webhook.names import EVENT_NAMES

    for name in names:
        if name not in EVENT_NAMES:
            raise SettingsError(
                f"no webhook event is called {name!r}{nearest(name, sorted(EVENT_NAMES))}"
            )


def read_webhooks(value: object, where: str) -> tuple[WebhookSettings, ...]:
    """Settings from JSON: URLs, or objects with the names of ``WebhookSettings``.

    Raises:
        SettingsError: saying which entry is wrong, and why.
    """
    if not isinstance(value, list):
        raise SettingsError(f"{where}: webhooks must be a list of URLs or objects")
    items = enumerate(cast("list[object]", value))
    return tuple(_read_one(item, f"{where}: webhooks[{number}]") for number, item in items)


def _read_one(item: object, where: str) -> WebhookSettings:
    try:
        return _make(item)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def _make(item: object) -> WebhookSettings:
    if isinstance(item, str):
        return WebhookSettings(item)
    if not isinstance(item, dict):
        raise SettingsError("must be a URL or an object")
    given = cast("dict[str, Any]", item)
    for name, part in given.items():
        if name not in _NAMES:
            raise SettingsError(f"unknown name {name!r}; known are {', '.join(_NAMES)}")
        fits = _is_texts(part) if name.endswith("_events") else isinstance(part, str)
        if not fits:
            raise SettingsError(f"{name} must be {'a list of texts' if '_ev' in name else 'text'}")
    if "url" not in given:
        raise SettingsError("url is missing")
    return WebhookSettings(**given)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(part, str) for part in cast("list[object]", value)
    )
