"""The table of remote methods: one module of rows per service.

Clients, the embedded server, the docs and the tests all read these rows.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Any, TypeGuard

from lkapi.methods.info import MethodInfo

__all__ = ["all_methods", "find_method"]


@functools.cache
def all_methods() -> tuple[MethodInfo[Any, Any], ...]:
    """Every row, sorted by service and name."""
    modules = (
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    )
    rows: set[MethodInfo[Any, Any]] = set()
    for module in modules:
        rows.update(filter(_is_row, vars(module).values()))
    return tuple(sorted(rows, key=str))


def _is_row(value: object) -> TypeGuard[MethodInfo[Any, Any]]:
    return isinstance(value, MethodInfo)


@functools.cache
def _by_name() -> dict[str, MethodInfo[Any, Any]]:
    rows: dict[str, MethodInfo[Any, Any]] = {}
    for row in all_methods():
        rows[str(row)] = rows[row.path] = row
    return rows


def find_method(name: str) -> MethodInfo[Any, Any] | None:
    """The row of ``RoomService/CreateRoom`` or ``/twirp/livekit.RoomService/CreateRoom``."""
    return _by_name().get(name)
