"""The ``<Message>Fields`` TypedDicts at run time, made only when somebody asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

__all__ = ["lazy_fields"]


def lazy_fields(module: dict[str, Any]) -> Callable[[str], Any]:
    """A module ``__getattr__`` that makes the TypedDict of a message's keywords."""

    def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes the module's
        message = module.get(name.removesuffix("Fields"))
        if not name.endswith("Fields") or not hasattr(message, "__proto__"):
            raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")
        keywords = dict.fromkeys(message.__layout__.fields, Any)
        made = TypedDict(name, keywords, total=False)  # type: ignore[operator]  # made at run time
        made.__module__ = module["__name__"]
        module[name] = made
        return made

    return __getattr__
