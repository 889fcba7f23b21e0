"""Which fields of a message are secret to its readers, and how to remove secrets from texts.

Secret are the fields that the protocol marks, and the addresses that an egress streams to: those
contain stream keys of other services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from lkapi.message import Message
from lkapi.message.typeguards import is_dict, is_list
from lkapi.presentation.values import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hide_secrets", "is_secret", "secrets_of", "show_address", "without_addresses"]

M = TypeVar("M", bound=Message)

_ADDRESSES: Final = ("urls", "add_output_urls", "remove_output_urls", "websocket_url")
_HOLDERS: Final = ("livekit.StreamInfo", "livekit.StreamDestination")
"""Messages whose ``url`` is such an address."""
_SHORTEST: Final = 4
"""Shorter secrets are not masked in texts: they could be parts of other words."""


def is_secret(message: type[Message], name: str) -> bool:
    """Whether a field of the message must not be shown."""
    return name in message.__secret__ or _is_address(message, name)


def _is_address(message: type[Message], name: str) -> bool:
    return name in _ADDRESSES or (name == "url" and message.__proto__ in _HOLDERS)


def secrets_of(message: Message) -> Iterator[str]:
    """The texts of all secrets in a message, nested ones included."""
    cls = type(message)
    for name, field in cls.__layout__.fields.items():
        if field.is_set(message):
            yield from _secrets_in(getattr(message, name), secret=is_secret(cls, name))


def _secrets_in(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, Message):
        yield from secrets_of(value)
    elif is_list(value):
        for one in value:
            yield from _secrets_in(one, secret=secret)
    elif is_dict(value):
        for one in value.values():
            yield from _secrets_in(one, secret=secret)
    elif secret:
        yield value if isinstance(value, str) else value.decode("utf-8", "replace")


def hide_secrets(text: str, message: Message) -> str:
    """A text about a message, an error for example, without the secrets of that message."""
    for secret in sorted(set(secrets_of(message)), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text


def show_address(url: str) -> str:
    """Where an address streams to, without its key: ``rtmp://live.example.com/app/***``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return MASK
    if not parts.scheme or not host:
        return MASK
    first, mark, _ = parts.path.removeprefix("/").partition("/")
    folder = f"/{first}" if mark else ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{folder}/{MASK}"


def without_addresses(message: M) -> M:
    """A copy whose streaming addresses have no key, for display."""
    found = message.copy()
    _shorten(found)
    return found


def _shorten(message: Message) -> None:
    cls = type(message)
    for name, field in cls.__layout__.fields.items():
        if not field.is_set(message):
            continue
        value = getattr(message, name)
        if _is_address(cls, name):
            many = is_list(value)
            short = [show_address(one) for one in value] if many else show_address(value)
            setattr(message, name, short)
        elif isinstance(value, Message):
            _shorten(value)
        elif is_list(value) and value and isinstance(value[0], Message):
            for one in value:
                _shorten(one)
