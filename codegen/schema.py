"""Second stage: the descriptor set as plain values, and the set that is shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Enum", "Field", "File", "Message", "Schema", "read_schema"]

OPTIONS_FILE: Final = "lkapi/options.proto"
_LEFT_OUT: Final = (OPTIONS_FILE, "google/protobuf/descriptor.proto")
_MARKS: Final = {0: None, 1: "pii", 2: "secret"}
_SCALARS: Final = {
    1: "double",
    2: "float",
    3: "int64",
    4: "uint64",
    5: "int32",
    6: "fixed64",
    7: "fixed32",
    8: "bool",
    9: "string",
    12: "bytes",
    13: "uint32",
    15: "sfixed32",
    16: "sfixed64",
    17: "sint32",
    18: "sint64",
}
_MESSAGE: Final = 11
_REPEATED: Final = 3


@attrs.frozen(kw_only=True)
class Field:
    """One field; for a map, ``key`` is set and ``type`` is that of the values."""

    name: str
    json: str
    number: int
    type: str
    """A scalar of proto, or the full name of a message or enum."""
    is_message: bool
    repeated: bool
    key: str | None
    optional: bool
    oneof: str | None
    deprecated: bool
    mark: str | None
    comment: str

    @property
    def presence(self) -> bool:
        """Whether unset and default differ."""
        return not self.repeated and (self.is_message or self.optional or self.oneof is not None)

    @property
    def proto(self) -> str:
        """The line of the proto file."""
        kind = f"map<{self.key}, {self.type}>" if self.key else self.type
        label = "optional " if self.optional else "repeated " if self.list else ""
        return f"{label}{kind} {self.name} = {self.number}"

    @property
    def list(self) -> bool:
        """Whether it is a list, not a map."""
        return self.repeated and self.key is None


@attrs.frozen(kw_only=True)
class Enum:
    """One enum."""

    name: str
    full_name: str
    values: Sequence[tuple[str, int]]
    comment: str


@attrs.frozen(kw_only=True)
class Message:
    """One message with what is nested in it."""

    name: str
    full_name: str
    fields: Sequence[Field]
    messages: Sequence[Message]
    enums: Sequence[Enum]
    comment: str

    def walk(self) -> Iterator[Message]:
        """Itself and all that is nested."""
        yield self
        for message in self.messages:
            yield from message.walk()


@attrs.frozen(kw_only=True)
class File:
    """One proto file."""

    name: str
    package: str
    messages: Sequence[Message]
    enums: Sequence[Enum]
    comment: str

    def walk(self) -> Iterator[Message]:
        """Every message of the file."""
        for message in self.messages:
            yield from message.walk()


@attrs.frozen(kw_only=True)
class Schema:
    """All files of LiveKit, and the descriptor set that lkapi ships."""

    files: Sequence[File]
    shipped: bytes


class _Reader:
    """Reads one file of the set."""

    def __init__(self, file: Any, sensitivity: Any) -> None:
        self.file = file
        self.sensitivity = sensitivity
        self.comments: dict[tuple[int, ...], str] = {
            tuple(place.path): _prose(place.leading_comments)
            for place in file.source_code_info.location
            if place.leading_comments
        }
        syntax = [p for p in file.source_code_info.location if tuple(p.path) == (12,)]
        self.opening = _prose("\n".join(p.leading_comments for p in syntax))

    def read(self) -> File:
        """The whole file."""
        package = self.file.package
        return File(
            name=self.file.name,
            package=package,
            messages=[
                self.message(m, package, (4, i)) for i, m in enumerate(self.file.message_type)
            ],
            enums=[self.enum(e, package, (5, i)) for i, e in enumerate(self.file.enum_type)],
            comment=self.opening,
        )

    def enum(self, enum: Any, scope: str, path: tuple[int, ...]) -> Enum:
        """One enum at a path of the source info."""
        return Enum(
            name=enum.name,
            full_name=f"{scope}.{enum.name}",
            values=[(value.name, value.number) for value in enum.value],
            comment=self.comments.get(path, ""),
        )

    def message(self, message: Any, scope: str, path: tuple[int, ...]) -> Message:
        """One message at a path of the source info."""
        full_name = f"{scope}.{message.name}"
        entries = {
            f".{full_name}.{nested.name}": nested
            for nested in message.nested_type
            if nested.options.map_entry
        }
        return Message(
            name=message.name,
            full_name=full_name,
            fields=[
                self.field(field, message, entries, (*path, 2, i))
                for i, field in enumerate(message.field)
            ],
            messages=[
                self.message(nested, full_name, (*path, 3, i))
                for i, nested in enumerate(message.nested_type)
                if not nested.options.map_entry
            ],
            enums=[
                self.enum(enum, full_name, (*path, 4, i))
                for i, enum in enumerate(message.enum_type)
            ],
            comment=self.comments.get(path, ""),
        )

    def field(self, field: Any, owner: Any, entries: Any, path: tuple[int, ...]) -> Field:
        """One field; ``entries`` are the map entries of its message by type name."""
        entry = entries.get(field.type_name)
        key, value = entry.field if entry else (None, field)
        if key and _type(key) == "bool":
            raise SystemExit(
                f"{field.name}: lkapi.message.protojson does not support maps with bool keys yet"
            )
        in_oneof = field.HasField("oneof_index") and not field.proto3_optional
        return Field(
            name=field.name,
            json=field.json_name,
            number=field.number,
            type=_type(value),
            is_message=value.type == _MESSAGE,
            repeated=field.label == _REPEATED,
            key=_type(key) if key else None,
            optional=field.proto3_optional,
            oneof=owner.oneof_decl[field.oneof_index].name if in_oneof else None,
            deprecated=field.options.deprecated,
            mark=_MARKS[field.options.Extensions[self.sensitivity]],
            comment=self.comments.get(path, ""),
        )


def _type(field: Any) -> str:
    scalar = _SCALARS.get(field.type)
    return scalar or field.type_name.removeprefix(".")


def _prose(comment: str) -> str:
    return " ".join(comment.split())


def read_schema(data: bytes) -> Schema:
    """Read a serialized FileDescriptorSet that holds the mark options and comments."""
    pool = descriptor_pool.DescriptorPool()
    plain = descriptor_pb2.FileDescriptorSet.FromString(data)
    for file in plain.file:
        pool.Add(file)
    kind: Any = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet")
    )
    marked = kind.FromString(data)
    sensitivity = pool.FindExtensionByName("lkapi.sensitivity")
    files = [
        _Reader(file, sensitivity).read()
        for file in marked.file
        if not file.name.startswith(("google/", "lkapi/"))
    ]
    return Schema(files=files, shipped=_ship(marked, sensitivity))


def _ship(marked: Any, sensitivity: Any) -> bytes:
    """The set without comments, marks and the files that only they need."""
    shipped = type(marked)()
    for file in marked.file:
        if file.name in _LEFT_OUT:
            continue
        kept = shipped.file.add()
        kept.CopyFrom(file)
        kept.ClearField("source_code_info")
        dependencies = [name for name in file.dependency if name != OPTIONS_FILE]
        del kept.dependency[:]
        kept.dependency.extend(dependencies)
        for message in kept.message_type:
            _strip(message, sensitivity)
    data: bytes = shipped.SerializeToString(deterministic=True)
    return data


def _strip(message: Any, sensitivity: Any) -> None:
    for field in message.field:
        field.options.ClearExtension(sensitivity)
        if not field.options.ByteSize():
            field.ClearField("options")
    for nested in message.nested_type:
        _strip(nested, sensitivity)
