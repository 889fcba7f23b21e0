"""The sizes a server accepts, counted in bytes of UTF-8 (recorded behaviours 20, 22 and 32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.devserver.http.errors import limit_exceeded

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_ATTRIBUTES",
    "MAX_METADATA",
    "MAX_NAME",
    "check_attributes",
    "check_metadata",
    "check_name",
]

MAX_METADATA: Final = 512 * 1024
MAX_ATTRIBUTES: Final = 64 * 1024
MAX_NAME: Final = 256


def size(text: str) -> int:
    """Bytes of a text when it is sent."""
    return len(text.encode())


def check_metadata(metadata: str) -> None:
    """Refuse metadata of more than 512 KiB."""
    if size(metadata) > MAX_METADATA:
        raise limit_exceeded("metadata size", MAX_METADATA)


def check_attributes(attributes: Mapping[str, str]) -> None:
    """Refuse attributes of more than 64 KiB, names and values together."""
    if sum(size(name) + size(value) for name, value in attributes.items()) > MAX_ATTRIBUTES:
        raise limit_exceeded("attribute size", MAX_ATTRIBUTES)


def check_name(name: str) -> None:
    """Refuse a participant's name of more than 256 bytes."""
    if size(name) > MAX_NAME:
        raise limit_exceeded("name length", MAX_NAME)
