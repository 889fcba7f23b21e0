"""From a upb message or a stranger's message to one of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.base import Message

M = TypeVar("M", bound="Message")

__all__ = ["Holder", "accept", "attach", "new", "wrap"]


class Holder:
    """An object that stands on a upb message."""

    __slots__ = ("__upb__",)

    if TYPE_CHECKING:
        __upb__: Any


attach: Final[Callable[[Holder, Any], None]] = Holder.__dict__["__upb__"].__set__
"""Put the upb message under an instance, past ``__setattr__``."""
new: Final = object.__new__


def wrap(cls: type[M], raw: Any) -> M:
    """An instance around a upb message, without conversion."""
    message = new(cls)
    attach(message, raw)
    return message


def accept(cls: type[M], value: object, what: str | None = None) -> M:
    """The value itself if it is a ``cls``, or a copy of a livekit.protocol message of that type.

    ``what`` names the parameter in the TypeError for anything else.
    """
    if isinstance(value, cls):
        return value
    descriptor: Any = getattr(value, "DESCRIPTOR", None)
    if getattr(descriptor, "full_name", None) == cls.__proto__:
        return cls.from_bytes(cast("Any", value).SerializeToString())
    raise TypeError(
        f"{what or 'the argument'} takes {cls.__qualname__}, not {type(value).__name__}"
    )
