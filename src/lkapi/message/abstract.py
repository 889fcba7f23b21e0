"""The base of `Message` that its parts are written against: a upb message, and its class's layout.

Fields, ProtoJSON, redaction and pydantic support know `AbstractMessage` only; ``base.py`` joins
them into the `Message` that users see. ``raw`` always means a message of upb, the C implementation
in ``google.protobuf``.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

M = TypeVar("M", bound="AbstractMessage")

__all__ = ["AbstractMessage", "accept", "attach", "new_instance", "wrap", "wrap_all"]


class AbstractMessage:
    """An object around a upb message; ``base.py`` defines the methods declared here."""

    __slots__ = ("__upb__",)
    __proto__: ClassVar[str]
    """The full name in the schema: ``livekit.Room``."""
    __secret__: ClassVar[tuple[str, ...]] = ()
    """Fields that hold a credential; never shown by ``repr``."""
    __pii__: ClassVar[tuple[str, ...]] = ()
    """Fields with personal data; hidden by ``repr`` after ``hide_personal()``."""

    if TYPE_CHECKING:
        __layout__: ClassVar[Any]
        __upb__: Any

        def __init__(self, **fields: Any) -> None: ...

        def __synced__(self) -> Any:
            """The upb message, with all changes to cached values in it."""
            ...

        @classmethod
        def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
            """Decode the binary form."""
            ...

        def to_bytes(self) -> bytes:
            """Encode to the binary form."""
            ...

        @classmethod
        def from_dict(cls, data: Mapping[str, Any], *, strict: bool = False) -> Self:
            """Build from a ProtoJSON object."""
            ...

        def to_dict(
            self, *, proto_names: bool = False, emit_defaults: bool = False
        ) -> dict[str, Any]:
            """ProtoJSON as Python objects."""
            ...


attach: Final[Callable[[AbstractMessage, Any], None]] = AbstractMessage.__dict__["__upb__"].__set__
"""Put the upb message into an instance, bypassing ``__setattr__``."""
new_instance: Final = object.__new__


def wrap(cls: type[M], raw: Any) -> M:
    """An instance around a upb message, without conversion."""
    message = new_instance(cls)
    attach(message, raw)
    return message


def wrap_all(cls: type[M], raws: list[Any]) -> list[M]:
    """An instance around each of several upb messages, with the loop in C."""
    messages = list(map(new_instance, repeat(cls, len(raws))))
    any(map(attach, messages, raws))  # exhausts the map: attach returns None
    return messages


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
