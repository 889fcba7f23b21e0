"""Last stage: the text of the generated modules."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from codegen.config import BANNER, MIXINS
from codegen.names import Names, Owner, alias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codegen.schema import Enum, Field, File, Message

__all__ = ["render_module"]

_WIDTH: Final = 100
_STEP: Final = "    "
_UNBROKEN: Final = "\0"
_STRINGS: Final = re.compile(r'""".*?"""|"[^"]*"', re.DOTALL)
_TYPING_IMPORTS: Final = (
    ("collections.abc", ("Iterable", "Mapping")),
    ("typing", ("TypedDict",)),
    ("lkapi.message", ("AnyValue", "DurationLike", "Empty", "JSONValue", "TimestampLike")),
)


def render_module(file: File, names: Names) -> str:
    """The Python module of one proto file."""
    body = [line for enum in file.enums for line in _enum(enum, "", module_level=True)]
    for message in file.messages:
        body += _message(message, file, names, "")
    body += _typed_dicts(file, names)
    head = _head(file, names, "\n".join(body))
    return "\n".join([*head, *body]).rstrip() + "\n"


def _head(file: File, names: Names, body: str) -> Iterator[str]:
    yield BANNER.format(source=file.name)
    yield from _docstring(file.comment or f"The messages of {file.name}.", "")
    yield ""
    yield "from __future__ import annotations"
    yield ""
    yield from ["from typing import TYPE_CHECKING", ""] if file.messages else []
    bases = [("Message", file.messages), ("ProtoEnum", _has_enums(file))]
    yield f"from lkapi.message import {', '.join(name for name, used in bases if used)}"
    mixins = sorted({MIXINS[m.full_name] for m in file.walk() if m.full_name in MIXINS})
    yield from [f"from lkapi.message.mixins import {', '.join(mixins)}"] if mixins else []
    if file.messages:
        yield "from lkapi.message.typeddicts import lazy_fields"
        yield ""
        yield "if TYPE_CHECKING:"
        yield from (f"{_STEP}{line}".rstrip() for line in _typing_imports(file, names, body))
    yield ""
    yield "__all__ = ["
    yield from (f'{_STEP}"{name}",' for name in _public(file))
    yield "]"


def _public(file: File) -> list[str]:
    values = [name for enum in file.enums for name, _ in enum.values]
    return sorted([x.name for x in file.messages] + [x.name for x in file.enums] + values)


def _typing_imports(file: File, names: Names, body: str) -> Iterator[str]:
    words = set(re.findall(r"\w+", _STRINGS.sub("", body)))
    yield from ["import builtins"] if "builtins" in words else []
    yield from ["import datetime as _dt"] if "_dt" in words else []
    for module, wanted in _TYPING_IMPORTS:
        used = [name for name in wanted if name in words]
        if module.startswith("lkapi"):
            yield ""
        if used:
            yield f"from {module} import {', '.join(used)}"
    for module in sorted(names.imports(file)):
        package, _, name = module.rpartition(".")
        yield f"from {package} import {name} as {alias(module)}"


def _has_enums(file: File) -> bool:
    return bool(file.enums) or any(message.enums for message in file.walk())


def _docstring(text: str, indent: str, extra: Sequence[str] = ()) -> Iterator[str]:
    first, _, rest = text.partition(". ")
    summary = first.rstrip(".") + "."
    if len(summary) > _WIDTH - len(indent) - 6:
        summary, rest = text, ""
    lines = textwrap.wrap(summary, _WIDTH - len(indent) - 6)
    if rest:
        lines += ["", *textwrap.wrap(rest, _WIDTH - len(indent))]
    lines += extra
    if len(lines) == 1:
        yield f'{indent}"""{lines[0]}"""'
        return
    yield f'{indent}"""{lines[0]}'
    for line in lines[1:]:
        yield f"{indent}{line}".rstrip()
    yield f'{indent}"""'


def _enum(enum: Enum, indent: str, *, module_level: bool) -> Iterator[str]:
    inner = indent + _STEP
    yield from ["", ""] if module_level else [""]
    yield f"{indent}class {enum.name}(ProtoEnum):"
    yield from _docstring(enum.comment or f"The enum ``{enum.full_name}``.", inner)
    yield ""
    for name, number in enum.values:
        yield f"{inner}{name} = {number}"
    yield from ["", ""] if module_level else [""]
    for name, _ in enum.values:
        yield f"{indent}{name} = {enum.name}.{name}"


def _message(message: Message, file: File, names: Names, indent: str) -> Iterator[str]:
    inner = indent + _STEP
    mixin = MIXINS.get(message.full_name)
    yield from ["", ""] if not indent else [""]
    yield f"{indent}class {message.name}({f'{mixin}, ' if mixin else ''}Message):"
    yield from _docstring(
        message.comment or f"The message ``{message.full_name}``.", inner, _attributes(message)
    )
    yield ""
    yield f'{inner}__proto__ = "{message.full_name}"'
    for mark in ("secret", "pii"):
        marked = [field.name for field in message.fields if field.mark == mark]
        if marked:
            quoted = ", ".join(f'"{name}"' for name in marked)
            yield f"{inner}__{mark}__ = ({quoted}{',' if len(marked) == 1 else ''})"
    for enum in message.enums:
        yield from _enum(enum, inner, module_level=False)
    for nested in message.messages:
        yield from _message(nested, file, names, inner)
    if message.fields or message.messages:
        yield ""
        yield f"{inner}if TYPE_CHECKING:"
        yield from _typing(message, names, names.owner(file, message), inner + _STEP)


def _attributes(message: Message) -> list[str]:
    if not message.fields:
        return []
    lines = ["", "Attributes:"]
    for field in message.fields:
        proto = field.proto.replace(" ", _UNBROKEN)
        text = f"{field.name}: {_sentence(field)}``{proto}``{_notes(field)}"
        lines += textwrap.wrap(
            text,
            _WIDTH - 12,
            initial_indent=_STEP,
            subsequent_indent=_STEP * 2,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return [line.replace(_UNBROKEN, " ") for line in lines]


def _sentence(field: Field) -> str:
    return f"{field.comment} " if field.comment else ""


def _notes(field: Field) -> str:
    notes = [f"oneof {field.oneof}"] if field.oneof else []
    notes += ["deprecated"] if field.deprecated else []
    notes += [field.mark] if field.mark else []
    return f" ({', '.join(notes)})" if notes else ""


def _typing(message: Message, names: Names, owner: Owner, indent: str) -> Iterator[str]:
    for nested in message.messages:
        yield from _typed_dict(nested, names, owner, indent)
    if message.messages and message.fields:
        yield ""
    for field in message.fields:
        yield f"{indent}{field.name}: {names.read_type(field, owner)}"
    if not message.fields:
        return
    yield ""
    yield f"{indent}def __init__("
    yield f"{indent}{_STEP}self,"
    yield f"{indent}{_STEP}*,"
    for field in message.fields:
        annotation = names.keyword_type(field, owner)
        yield f"{indent}{_STEP}{field.name}: {annotation} = {names.default(field)},"
    yield f"{indent}) -> None: ..."


def _typed_dict(message: Message, names: Names, owner: Owner, indent: str) -> Iterator[str]:
    yield ""
    yield f"{indent}class {message.name}Fields(TypedDict, total=False):"
    yield f'{indent}{_STEP}"""Keywords of ``{message.name}``."""'
    yield ""
    body = Owner(owner.module, frozenset(field.name for field in message.fields))
    for field in message.fields:
        yield f"{indent}{_STEP}{field.name}: {names.keyword_type(field, body)}"


def _typed_dicts(file: File, names: Names) -> Iterator[str]:
    if not file.messages:
        return
    yield from ["", "", "if TYPE_CHECKING:"]
    for message in file.messages:
        yield from _typed_dict(message, names, names.owner(file, None), _STEP)
    yield ""
    yield "else:"
    yield f"{_STEP}__getattr__ = lazy_fields(globals())"
