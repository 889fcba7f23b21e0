"""isinstance checks that narrow to containers of Any, where pyright would infer Unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

__all__ = ["is_bytes", "is_dict", "is_iterable", "is_list", "is_mapping"]


def is_dict(value: object) -> TypeGuard[dict[Any, Any]]:
    """Whether it is a dict."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether it is a dict or behaves like one."""
    return type(value) is dict or isinstance(value, Mapping)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Whether it is accepted as a list: any iterable other than text, bytes and mappings."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def is_bytes(value: object) -> TypeGuard[bytes | bytearray | memoryview[Any]]:
    """Whether it is bytes, a bytearray or a memoryview."""
    return isinstance(value, bytes | bytearray | memoryview)
