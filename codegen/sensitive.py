"""Writes the table of secret fields that ``lkapi.auth.sensitive_fields`` searches for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.config import BANNER, SENSITIVE_ROOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen.schema import Field, Message, Schema

__all__ = ["render_sensitive"]

_DOC = '''"""Secret fields of what may be signed into a token, for walking dicts without protobuf.

``SECRETS`` maps the full name of a message to the spellings (schema and JSON) of its secret fields.
``CHILDREN`` maps it to the spellings of its message fields, each with the child's full name; the
value there is an object, or a list of objects. Only messages from which a secret can be reached are
listed. Walk from a name of ``ROOTS``.
"""'''


def render_sensitive(schema: Schema) -> str:
    """The text of ``lkapi/auth/_sensitive_fields.py``."""
    messages = {m.full_name: m for file in schema.files for m in file.walk()}
    leads = _leading_to_secrets(messages, _reach(messages))
    lines = [
        BANNER.format(source="*.proto"),
        _DOC,
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        '__all__ = ["CHILDREN", "ROOTS", "SECRETS"]',
        "",
        "ROOTS: Final = (",
        *(f'    "{root}",' for root in SENSITIVE_ROOTS),
        ")",
        "",
        "SECRETS: Final[dict[str, frozenset[str]]] = {",
        *(line for name in sorted(leads) for line in _secret_lines(messages[name])),
        "}",
        "",
        "CHILDREN: Final[dict[str, dict[str, str]]] = {",
        *(line for name in sorted(leads) for line in _child_lines(messages[name], leads)),
        "}",
        "",
    ]
    return "\n".join(lines)


def _secret_lines(message: Message) -> Iterator[str]:
    spellings = sorted({s for f in _secrets(message) for s in (f.name, f.json)})
    if spellings:
        yield f'    "{message.full_name}": frozenset('
        yield "        {"
        yield from (f'            "{spelling}",' for spelling in spellings)
        yield "        }"
        yield "    ),"


def _child_lines(message: Message, leads: set[str]) -> Iterator[str]:
    children = {
        spelling: field.type
        for field in message.fields
        if field.type in leads
        for spelling in (field.name, field.json)
    }
    if children:
        yield f'    "{message.full_name}": {{'
        yield from (f'        "{key}": "{children[key]}",' for key in sorted(children))
        yield "    },"


def _secrets(message: Message) -> list[Field]:
    return [field for field in message.fields if field.mark == "secret"]


def _reach(messages: dict[str, Message]) -> set[str]:
    reached: set[str] = set()
    waiting: list[str] = list(SENSITIVE_ROOTS)
    while waiting:
        name = waiting.pop()
        if name in reached or name not in messages:
            continue
        reached.add(name)
        for field in messages[name].fields:
            if field.key and field.is_message:
                raise SystemExit(
                    f"{name}.{field.name}: lkapi.auth does not search maps of messages yet"
                )
            waiting.append(field.type)
    return reached


def _leading_to_secrets(messages: dict[str, Message], reached: set[str]) -> set[str]:
    leads = {name for name in reached if _secrets(messages[name])}
    while True:
        more = {
            name
            for name in reached - leads
            if any(field.type in leads for field in messages[name].fields)
        }
        if not more:
            return leads | {root for root in SENSITIVE_ROOTS if root in reached}
        leads |= more
