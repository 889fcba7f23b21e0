"""The methods of protobuf's own messages, for programs that were written for livekit-api."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lkapi.message.abstract import AbstractMessage, accept, attach

if TYPE_CHECKING:
    from typing_extensions import Self

    from lkapi.message.fields import Field
    from lkapi.message.layout import Layout

__all__ = ["ProtobufSpellings"]


class ProtobufSpellings(AbstractMessage):
    """Methods of protobuf's messages, with the same names and the same meaning."""

    __slots__ = ()

    if TYPE_CHECKING:
        __layout__: ClassVar[Layout]

        def which_oneof(self, name: str) -> str | None:
            """The member of a oneof that is set."""
            ...

        def _field(self, name: str) -> Field:
            """The field of a name."""
            ...

    def SerializeToString(self) -> bytes:  # noqa: N802
        """The same as ``to_bytes``."""
        return self.to_bytes()

    @classmethod
    def FromString(cls, data: bytes) -> Self:  # noqa: N802
        """The same as ``from_bytes``."""
        return cls.from_bytes(data)

    def ParseFromString(self, data: bytes) -> int:  # noqa: N802
        """Decode bytes into it, return their number; unchanged after a DecodeError."""
        self._replace_all(type(self).from_bytes(data).__upb__)
        return len(data)

    def MergeFromString(self, data: bytes) -> int:  # noqa: N802
        """Merge decoded bytes into it, return their number; unchanged after a DecodeError."""
        self.MergeFrom(type(self).from_bytes(data))
        return len(data)

    def ByteSize(self) -> int:  # noqa: N802
        """The length of the binary form."""
        size: int = self.__synced__().ByteSize()
        return size

    def HasField(self, name: str) -> bool:  # noqa: N802
        """Whether a field with presence, or any member of a oneof, is set."""
        if name in type(self).__layout__.oneofs:
            return self.which_oneof(name) is not None
        field = self._field(name)
        if not field.presence:
            raise ValueError(f"{type(self).__qualname__}.{name} has no presence")
        return field.is_set(self)

    def WhichOneof(self, name: str) -> str | None:  # noqa: N802
        """The same as ``which_oneof``."""
        return self.which_oneof(name)

    if not TYPE_CHECKING:  # a message that nests one called List has types of that name in it

        def ListFields(self) -> list[tuple[Any, Any]]:  # noqa: N802
            """Descriptor and value of each field that is set, in the order of their numbers."""
            known = type(self).__layout__.fields.values()
            fields = sorted(known, key=lambda field: field.descriptor.number)
            return [(f.descriptor, getattr(self, f.name)) for f in fields if f.is_set(self)]

    def ClearField(self, name: str) -> None:  # noqa: N802
        """Unset a field, or the member of a oneof that is set; a list or map becomes empty."""
        if name in type(self).__layout__.oneofs:
            member = self.which_oneof(name)
            if member is None:
                return
            name = member
        field = self._field(name)
        self.__dict__.pop(field.name, None)
        self.__upb__.ClearField(field.name)

    def Clear(self) -> None:  # noqa: N802
        """Unset every field."""
        self._replace_all(type(self).__layout__.raw_class())

    def CopyFrom(self, other: Self) -> None:  # noqa: N802
        """Become a copy of another message of the same type."""
        source = accept(type(self), other, "CopyFrom").__synced__()
        raw = type(source)()
        raw.CopyFrom(source)
        self._replace_all(raw)

    def MergeFrom(self, other: Self) -> None:  # noqa: N802
        """Copy the set fields of another message of the same type; lists are appended to."""
        current = self.__synced__()
        raw = type(current)()
        raw.CopyFrom(current)
        raw.MergeFrom(accept(type(self), other, "MergeFrom").__synced__())
        self._replace_all(raw)

    def _replace_all(self, raw: Any) -> None:
        self.__dict__.clear()
        attach(self, raw)
