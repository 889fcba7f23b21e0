"""Writes ``docs/reference/messages``: every message and enum that ``lkapi`` exports."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, Any

from codegen import docstrings
from lkapi._exports import MESSAGE_NAMES
from lkapi.message import Message, ProtoEnum

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MODULES", "page_of", "pages"]

MODULES = {
    "models": "Rooms, participants, tracks",
    "room": "Requests of the room service",
    "egress": "Egress",
    "ingress": "Ingress",
    "sip": "SIP",
    "agent_dispatch": "Agent dispatch",
    "agent": "Agent jobs",
    "connector": "Connectors",
    "connector_whatsapp": "WhatsApp",
    "connector_twilio": "Twilio",
    "phone_number": "Phone numbers",
    "cloud_agent": "Agents on LiveKit Cloud",
    "agent_simulation": "Agent simulations",
    "cloud_replay": "Replays",
    "token_source": "Token endpoint",
    "webhook": "Webhooks",
}
"""Module of ``lkapi.protocol`` to the title of its page."""

DECLARATION = re.compile(r"\s*``(?:optional )?((?:map<.+?>|[\w. ]+?)) \w+ = \d+``(.*)$", re.DOTALL)


def page_of(name: str) -> str:
    """The page and heading of a message, relative to docs/reference; empty if it has none."""
    module = MESSAGE_NAMES.get(name)
    return f"messages/{module}.md#{name.lower()}" if module else ""


def pages(banner: str) -> Iterator[tuple[str, str]]:
    """File names and texts."""
    left_out = set(MESSAGE_NAMES.values()) - set(MODULES)
    if left_out:
        raise SystemExit(f"codegen/reference_messages.py MODULES lacks {', '.join(left_out)}")
    yield "README.md", _index(banner)
    for module, title in MODULES.items():
        lines = [banner, "", f"# {title}", "", f"From `lkapi`, or `lkapi.protocol.{module}`.", ""]
        for name, cls in _classes(module):
            lines += _section(name, cls)
        yield f"{module}.md", "\n".join(lines).rstrip() + "\n"


def _classes(module: str) -> Iterator[tuple[str, type[Any]]]:
    """The messages and enums of a module, each followed by those inside it."""
    home = importlib.import_module(f"lkapi.protocol.{module}")
    for name, where in MESSAGE_NAMES.items():
        cls = getattr(home, name) if where == module else None
        if inspect.isclass(cls) and cls.__name__ == name:
            yield name, cls
            yield from _inside(name, cls)


def _inside(name: str, cls: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    for inner, value in vars(cls).items():
        own = inspect.isclass(value) and value.__qualname__ == f"{name}.{inner}"
        if own and issubclass(value, (Message, ProtoEnum)):
            yield f"{name}.{inner}", value
            yield from _inside(f"{name}.{inner}", value)


def _index(banner: str) -> str:
    lines = [
        banner,
        "",
        "# Messages",
        "",
        "Requests and results of the server APIs. A field that is not set has its type's zero; one",
        'of message type is None. `lkapi.Room(name="demo")` creates one; `to_dict`, `to_json`,',
        '`to_bytes`, `copy(name="other")` and their counterparts exist for all messages.',
        "",
        "| page | messages and enums |",
        "|---|---|",
    ]
    for module, title in MODULES.items():
        names = [f"`{name}`" for name, _ in _classes(module) if "." not in name]
        lines.append(f"| [{title}]({module}.md) | {', '.join(names)} |")
    return "\n".join(lines) + "\n"


def _section(name: str, cls: type[Any]) -> list[str]:
    doc = inspect.getdoc(cls) or ""
    lines = [f"## {name}", ""]
    first = docstrings.summary(doc)
    if not first.startswith(("The message `", "The enum `")):
        lines += [first, ""]
    if issubclass(cls, ProtoEnum):
        return [*lines, "| value | number |", "|---|--:|", *_values(cls), ""]
    rows = [_row(field, text) for field, text in docstrings.attributes(doc)]
    return [*lines, "| field | type | |", "|---|---|---|", *rows, ""] if rows else [*lines]


def _values(cls: type[Any]) -> list[str]:
    return [f"| `{name}` | {int(value)} |" for name, value in cls.__members__.items()]


def _row(field: str, text: str) -> str:
    found = DECLARATION.search(text)
    if not found:
        raise SystemExit(f"cannot read the declaration of {field} in {text!r}")
    words = text[: found.start()] + found[2]
    return f"| `{field}` | {_type(found[1])} | {docstrings.cell(words)} |"


def _type(proto: str) -> str:
    """The type of a field, with a link if it is a message with a heading."""
    repeated = proto.removeprefix("repeated ")
    name = repeated.removeprefix("livekit.")
    shown = f"list of `{name}`" if repeated != proto else f"`{name}`"
    target = page_of(name.split(".")[0]).removeprefix("messages/")
    if target and "." not in name and "<" not in name:
        return shown.replace(f"`{name}`", f"[`{name}`]({target})")
    return shown
