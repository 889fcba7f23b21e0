"""The ``<Message>Fields`` TypedDicts at run time, made on first access."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["lazy_fields"]

_make: Final[Any] = vars(typing)["TypedDict"]


def lazy_fields(module: dict[str, Any]) -> Callable[[str], Any]:
    """A module ``__getattr__`` that makes the TypedDict of a message's keywords."""

    def find(name: str) -> Any:
        message: Any = module.get(name.removesuffix("Fields"))
        if not name.endswith("Fields") or not hasattr(message, "__proto__"):
            raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")
        made = _make(name, dict.fromkeys(message.__layout__.fields, Any), total=False)
        made.__module__ = module["__name__"]
        module[name] = made
        return made

    return find
