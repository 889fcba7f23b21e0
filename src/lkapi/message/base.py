"""The base class of every generated message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from lkapi._words import nearest
from lkapi.errors import DecodeError
from lkapi.errors.base import forget_frames, hides_locals
from lkapi.message.abstract import attach, wrap
from lkapi.message.fields import UNCHANGED
from lkapi.message.layout import Layout, LazyLayout
from lkapi.message.pool import protobuf_error
from lkapi.message.protojson import dump_json, parse_json, read_object, write_object
from lkapi.message.redaction import redacted
from lkapi.message.signature import LazySignature
from lkapi.message.spellings import ProtobufSpellings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

__all__ = ["Message"]

M = TypeVar("M", bound="Message")


class Message(ProtobufSpellings):  # noqa: PLW1641 - mutable, so not hashable
    """A message of LiveKit's API.

    Fields are attributes with the names of the schema, and keywords of the constructor. Lists,
    dicts and nested messages may be changed in place; encoding sees the change.
    """

    __slots__ = ("__dict__", "__weakref__")

    if TYPE_CHECKING:
        __layout__: ClassVar[Layout]

        def __init__(self, **fields: Any) -> None: ...

    else:
        __layout__ = LazyLayout()
        __signature__ = LazySignature()

        def __init__(self, *values: Any, **fields: Any) -> None:
            try:  # what ``hides_locals`` does, at half the cost
                self.__fill(values, fields)
            except Exception as error:
                del values, fields
                forget_frames(error)
                raise error  # noqa: TRY201 - a bare raise brings the frames back on Python 3.10

        def __fill(self, values: tuple[Any, ...], fields: dict[str, Any]) -> None:
            layout = type(self).__layout__
            if values:
                raise TypeError(layout.positional_args_text())
            attach(self, layout.raw_class())
            known = layout.fields
            seen: dict[str, str] = {}
            for name, value in fields.items():
                if name not in known:
                    raise TypeError(layout.unknown_field_text(name))
                if value is None:
                    continue
                field = known[name]
                if field.oneof and seen.setdefault(field.oneof, name) != name:
                    raise ValueError(
                        f"{type(self).__qualname__}: {seen[field.oneof]} and {name} exclude each "
                        f"other (oneof {field.oneof}): give only one"
                    )
                field.fill(self, value)

        @hides_locals
        def __setattr__(self, name: str, value: Any) -> None:
            layout = type(self).__layout__
            field = layout.fields.get(name)
            if field is None:
                raise AttributeError(layout.unknown_field_text(name))
            field.assign(self, value)
            if field.oneof and value is not None:
                field.clear_siblings(self)

    def __synced__(self) -> Any:
        """The upb message with all changes to cached values: itself, or a copy if there are any."""
        raw = self.__upb__
        if not self.__dict__:
            return raw
        cached = type(self).__layout__.cached
        changes: list[tuple[Any, Any]] = []
        for name, value in list(self.__dict__.items()):
            change = cached[name].pending_write(raw, value)
            if change is not UNCHANGED:
                changes.append((cached[name], change))
        if not changes:
            return raw
        fresh = type(raw)()
        fresh.CopyFrom(raw)
        for field, change in changes:
            field.write(fresh, change)
        return fresh

    # bytes

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        """Decode the binary form; DecodeError if the bytes are not a message of this type."""
        try:
            return wrap(cls, cls.__layout__.raw_class.FromString(bytes(data)))
        except Exception as error:
            del data
            forget_frames(error)
            if isinstance(error, protobuf_error()):
                raise DecodeError(f"these bytes are not a {cls.__proto__}: {error}") from None
            raise error  # noqa: TRY201 - a bare raise brings the frames back on Python 3.10

    def to_bytes(self) -> bytes:
        """Encode to the binary form."""
        try:
            data: bytes = self.__synced__().SerializeToString(deterministic=True)
        except Exception as error:
            forget_frames(error)
            if isinstance(error, protobuf_error()):
                text = f"this {self.__proto__} cannot be encoded: {error}"
                raise ValueError(text) from None  # noqa: TRY004 - not the type of an argument
            raise error  # noqa: TRY201 - a bare raise brings the frames back on Python 3.10
        return data

    # dicts and JSON

    @classmethod
    @hides_locals
    def from_dict(cls, data: Mapping[str, Any], *, strict: bool = False) -> Self:
        """Build from ProtoJSON objects, as ``json.loads`` returns them.

        Both spellings of a field are read. ``strict`` refuses unknown fields and enum names, which
        are ignored otherwise. Raises DecodeError.
        """
        return wrap(cls, read_object(cls.__layout__, data, strict=strict))

    def to_dict(self, *, proto_names: bool = False, emit_defaults: bool = False) -> dict[str, Any]:
        """ProtoJSON as Python objects: camelCase, int64 as text, enums by name, no defaults.

        Args:
            proto_names: Keep the names of the schema instead of camelCase.
            emit_defaults: Write unset fields too; unset messages as None.
        """
        layout = type(self).__layout__
        return write_object(
            layout, self.__synced__(), proto_names=proto_names, emit_defaults=emit_defaults
        )

    @classmethod
    @hides_locals
    def from_json(cls, text: str | bytes | bytearray, *, strict: bool = False) -> Self:
        """Read ProtoJSON; see ``from_dict``. Raises DecodeError."""
        return wrap(cls, read_object(cls.__layout__, parse_json(text), strict=strict))

    def to_json(self, *, proto_names: bool = False, emit_defaults: bool = False) -> str:
        """Write ProtoJSON; see ``to_dict``."""
        return dump_json(self.to_dict(proto_names=proto_names, emit_defaults=emit_defaults))

    # presence

    def has_field(self, name: str) -> bool:
        """Whether a field is set; for one without presence, whether it differs from its default."""
        return bool(self._field(name).is_set(self))

    def which_oneof(self, name: str) -> str | None:
        """The member of a oneof that is set, None if none is."""
        members = type(self).__layout__.oneofs.get(name)
        if members is None:
            raise ValueError(
                f"{type(self).__qualname__} has no oneof {name!r}"
                f"{nearest(name, type(self).__layout__.oneofs)}"
            )
        for member in members:
            if member in self.__dict__:
                return member
        which: str | None = self.__upb__.WhichOneof(name)
        return which

    def _field(self, name: str) -> Any:
        layout = type(self).__layout__
        try:
            return layout.fields[name]
        except KeyError:
            raise ValueError(layout.unknown_field_text(name)) from None

    # values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        mine = self.__synced__() if self.__dict__ else self.__upb__
        theirs = other.__synced__() if other.__dict__ else other.__upb__
        same: bool = type(mine) is type(theirs) and mine == theirs
        return same

    def __repr__(self) -> str:
        return redacted(self)

    def copy(self, **changes: Any) -> Self:
        """An independent copy, nested values included, with some fields changed."""
        current = self.__synced__()
        raw = type(current)()
        raw.CopyFrom(current)
        twin = wrap(type(self), raw)
        for name, value in changes.items():
            if name not in type(self).__layout__.fields:
                raise TypeError(type(self).__layout__.unknown_field_text(name))
            setattr(twin, name, value)
        return twin

    def __replace__(self, **changes: Any) -> Self:
        return self.copy(**changes)

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.to_bytes())

    # pydantic, and through it FastAPI

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from lkapi.message.pydantic import core_schema_of

        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        from lkapi.message.pydantic import json_schema_of

        return json_schema_of(cls)


def _rebuild(cls: type[M], data: bytes) -> M:
    return cls.from_bytes(data)
