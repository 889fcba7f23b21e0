"""Writes ``docs/reference/python``: the public names of lkapi with their docstrings.

griffe reads the source files, so that the pages are the same on every version of Python.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import griffe

from codegen import docstrings
from codegen.signatures import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGES", "pages"]

PAGES = {
    "lkapi": "Clients, tokens, retries, results",
    "lkapi.errors": "Errors",
    "lkapi.webhook": "Webhooks",
    "lkapi.web": "Token endpoint and webhook route",
    "lkapi.testing": "Testing",
    "lkapi.devserver": "The embedded server",
    "lkapi.transports": "Transports",
    "lkapi.recording": "Parts of egress requests",
    "lkapi.sip_values": "SIP values",
    "lkapi.constants": "Constants",
    "lkapi.analytics": "Analytics",
    "lkapi.otel": "OpenTelemetry",
    "lkapi.message": "Messages in general",
}
"""Public module to the title of its page."""

WIDTH = 96


@attrs.frozen
class Name:
    """A public name, with what griffe read of it."""

    name: str
    value: Any
    read: Any

    @property
    def doc(self) -> str:
        """Its docstring, cleaned."""
        doc = self.read.docstring if self.read is not None else None
        return inspect.cleandoc(doc.value) if doc else ""


def pages(banner: str) -> Iterator[tuple[str, str]]:
    """File names and texts."""
    yield "README.md", _index(banner)
    for module, title in PAGES.items():
        lines = [banner, "", f"# {title}", "", _introduction(module), ""]
        for name in _names(module):
            lines += _section(name)
        yield _file(module), "\n".join(lines).rstrip() + "\n"


def _file(module: str) -> str:
    return module.removeprefix("lkapi.") + ".md"


def _introduction(module: str) -> str:
    doc = inspect.getdoc(importlib.import_module(module)) if module != "lkapi" else ""
    text = docstrings.to_markdown(doc) if doc else ""
    return f"`{module}`" + (f"\n\n{text}" if text else "")


def _index(banner: str) -> str:
    lines = [
        banner,
        "",
        "# Python names",
        "",
        "What is public, module by module. Methods of the services are listed with the",
        "[remote methods](../README.md), messages on [pages of their own](../messages/README.md).",
        "",
        "| module | names |",
        "|---|---|",
    ]
    for module, title in PAGES.items():
        names = ", ".join(f"`{name.name}`" for name in _names(module))
        lines.append(f"| [`{module}`]({_file(module)}): {title} | {names} |")
    return "\n".join(lines) + "\n"


def _names(module: str) -> list[Name]:
    home = importlib.import_module(module)
    found = [_read(name, getattr(home, name), module) for name in sorted(home.__all__)]
    return [name for name in found if name.doc]


def _read(name: str, value: Any, module: str) -> Name:
    where = getattr(value, "__module__", None) or module
    if not str(where).startswith("lkapi") or where.startswith("lkapi.protocol"):
        return Name(name, value, _read_members(module).get(name))
    members = _read_members(where)
    own = getattr(value, "__name__", name)
    return Name(name, value, members.get(own) or members.get(name))


@cache
def _read_members(module: str) -> dict[str, Any]:
    """What a module's file defines."""
    path = Path(str(sys.modules[module].__file__))
    members = griffe.visit(module, path, path.read_text(encoding="utf-8")).members
    return {name: member for name, member in members.items() if not member.is_alias}


def _section(name: Name) -> list[str]:
    lines = [f"## {name.name}", ""]
    if getattr(name.value, "__name__", name.name) != name.name:
        return [*lines, f"Another name of `{name.value.__name__}`.", ""]
    signature = _signature(name)
    if signature:
        lines += ["```python", signature, "```", ""]
    lines += [docstrings.to_markdown(name.doc), ""]
    if inspect.isclass(name.value):
        lines += _members(name)
    return lines


def _signature(name: Name) -> str:
    if name.read.is_function:
        return _call(name.name, name.read)
    if not inspect.isclass(name.value):
        return f"{name.name} = {name.read.value}" if name.read.value else ""
    for member in _all_members(name):
        if member.name == "__init__" and member.is_function:
            return _call(name.name, member, with_result=False)
    return ""


def _call(shown: str, function: Any, *, with_result: bool = True) -> str:
    prefix = "async " if "async" in function.labels else ""
    line = f"{prefix}{function.signature(name=shown, return_type=with_result)}"
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"    {part},\n" for part in parameters(function))
    result = f" -> {function.returns}" if with_result and function.returns else ""
    return f"{prefix}{shown}(\n{inside}){result}"


def _all_members(name: Name) -> Iterator[Any]:
    """The members of a class and of its bases in lkapi, each name once."""
    seen: set[str] = set()
    for base in name.value.__mro__:
        if not base.__module__.startswith("lkapi") or base.__module__ == "lkapi.message.base":
            continue
        read = _read_members(base.__module__).get(base.__name__)
        for member in read.members.values() if read is not None and read.is_class else ():
            if not member.is_alias and member.name not in seen:
                seen.add(member.name)
                yield member


def _members(name: Name) -> list[str]:
    lines: list[str] = []
    for member in _all_members(name):
        if member.name.startswith("_") or not member.docstring:
            continue
        doc = inspect.cleandoc(member.docstring.value)
        if member.is_function:
            call = _call(member.name, member)
            lines += [f"### {name.name}.{member.name}", "", "```python", call, "```", ""]
            lines += [docstrings.to_markdown(doc), ""]
        else:
            kind = f" (`{member.annotation}`):" if member.annotation else ""
            lines += [f"- **{member.name}**{kind or ':'} {docstrings.summary(doc)}", ""]
    return lines
