"""Third stage: names, annotations and defaults in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from codegen.config import MIXINS
from lkapi.message import Message as BaseMessage, mixins
from lkapi.message.proto_modules import MODULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codegen.schema import Enum, Field, File, Message, Schema

__all__ = ["Names"]

_SCALARS: Final = {
    "double": ("float", "0.0"),
    "float": ("float", "0.0"),
    "bool": ("bool", "False"),
    "string": ("str", '""'),
    "bytes": ("bytes", 'b""'),
}
_INT: Final = ("int", "0")
_WELL_KNOWN: Final = {
    "google.protobuf.Timestamp": ("_dt.datetime", "TimestampLike"),
    "google.protobuf.Duration": ("_dt.timedelta", "DurationLike"),
    "google.protobuf.Struct": ("dict[str, JSONValue]", "Mapping[str, JSONValue]"),
    "google.protobuf.Any": ("AnyValue", "AnyValue | Message"),
    "google.protobuf.Empty": ("Empty", "Empty"),
}
_BUILTINS: Final = frozenset({"bool", "bytes", "dict", "float", "int", "list", "str"})


@attrs.frozen
class Owner:
    """The place of an annotation: a module, and the names that the class body around it hides."""

    module: str
    hidden: frozenset[str]


class Names:
    """Looks up Python names and types for a schema."""

    def __init__(self, schema: Schema) -> None:
        self.home: dict[str, tuple[str, str]] = {}
        """Full name to module and dotted path in it."""
        self.enums: set[str] = set()
        for file in schema.files:
            for message in file.walk():
                _refuse_clashes(message)
                self._add(file, message.full_name)
                self._add_enums(file, message.enums)
            self._add_enums(file, file.enums)

    def _add(self, file: File, full_name: str) -> None:
        self.home[full_name] = (MODULES[file.name], full_name.removeprefix(f"{file.package}."))

    def _add_enums(self, file: File, enums: Sequence[Enum]) -> None:
        for enum in enums:
            self._add(file, enum.full_name)
            self.enums.add(enum.full_name)

    def owner(self, file: File, message: Message | None) -> Owner:
        """The place of annotations in a class body, or in the module for None."""
        hidden: set[str] = set()
        if message:
            hidden.update(field.name for field in message.fields)
            hidden.update(nested.name for nested in message.messages)
            for enum in message.enums:
                hidden.add(enum.name)
                hidden.update(name for name, _ in enum.values)
        return Owner(MODULES[file.name], frozenset(hidden))

    def reference(self, full_name: str, owner: Owner) -> str:
        """An expression for a class of the schema."""
        module, path = self.home[full_name]
        if module == owner.module and path.partition(".")[0] not in owner.hidden:
            return path
        return f"{alias(module)}.{path}"

    def imports(self, file: File) -> set[str]:
        """The modules that the annotations of a file import under an alias."""
        found: set[str] = set()
        for message in file.walk():
            owner = self.owner(file, message)
            for field in message.fields:
                if field.type in self.home:
                    text = self.reference(field.type, owner)
                    if text.startswith("_"):
                        found.add(self.home[field.type][0])
        return found

    def read_type(self, field: Field, owner: Owner) -> str:
        """The annotation of the attribute."""
        inner = self._scalar(field.type, owner, keyword=False)
        if field.key:
            key = self._scalar(field.key, owner, keyword=False)
            return f"{_builtin('dict', owner)}[{key}, {inner}]"
        if field.repeated:
            return f"{_builtin('list', owner)}[{inner}]"
        return f"{inner} | None" if field.presence else inner

    def keyword_type(self, field: Field, owner: Owner) -> str:
        """The annotation of the keyword."""
        inner = self._scalar(field.type, owner, keyword=True)
        if field.key:
            return f"Mapping[{self._scalar(field.key, owner, keyword=False)}, {inner}]"
        if field.repeated:
            return f"Iterable[{inner}]"
        return f"{inner} | None" if field.presence else inner

    def _scalar(self, name: str, owner: Owner, *, keyword: bool) -> str:
        if name in _WELL_KNOWN:
            return _WELL_KNOWN[name][keyword]
        if name in self.home:
            reference = self.reference(name, owner)
            return (
                f"{reference} | {_builtin('int', owner)}"
                if keyword and name in self.enums
                else reference
            )
        return _builtin(_SCALARS.get(name, _INT)[0], owner)

    def default(self, field: Field) -> str:
        """The default of the keyword."""
        if field.key:
            return "{}"
        if field.repeated:
            return "()"
        if field.presence:
            return "None"
        return _SCALARS.get(field.type, _INT)[1]


def _refuse_clashes(message: Message) -> None:
    """Fail where a name of the schema would hide a method, or another name of the same message."""
    mixin = MIXINS.get(message.full_name)
    taken = set(dir(getattr(mixins, mixin) if mixin else BaseMessage)) | set(dir(BaseMessage))
    names = [field.name for field in message.fields]
    names += [nested.name for nested in message.messages]
    names += [name for enum in message.enums for name in (enum.name, *dict(enum.values))]
    for name in names:
        if name in taken:
            raise SystemExit(f"{message.full_name}: {name!r} is taken; rename the other one")
        taken.add(name)


def alias(module: str) -> str:
    """``_models`` for ``lkapi.protocol.models``."""
    return f"_{module.rpartition('.')[2]}"


def _builtin(name: str, owner: Owner) -> str:
    return f"builtins.{name}" if name in owner.hidden & _BUILTINS else name
