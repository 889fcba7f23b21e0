"""Docstrings in Google's style as Markdown; griffe reads them."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["attributes", "cell", "inline", "summary", "to_markdown"]

_INDENTED = re.compile(r"(?:^|(?<=\n))(.*)::\n\n((?:    .*\n?|\n)+)")
_DOUBLE = re.compile("(?<!`)``(?!`)")
_LISTS = {
    "parameters": "Parameters",
    "attributes": "Attributes",
    "raises": "Raises",
    "warns": "Warns",
    "returns": "Returns",
    "yields": "Yields",
}


def inline(text: str) -> str:
    """A text with the marks of Markdown in place of those of reStructuredText."""
    return _DOUBLE.sub("`", text)


def cell(text: str) -> str:
    """A text for a table."""
    return inline(" ".join(text.split())).replace("|", "\\|")


def summary(doc: str) -> str:
    """The first paragraph on one line."""
    return inline(" ".join(doc.partition("\n\n")[0].split()))


def attributes(doc: str) -> Iterator[tuple[str, str]]:
    """Name and description of each attribute that a docstring lists."""
    for section in _parse(doc):
        if section.kind.value == "attributes":
            for item in section.value:
                yield item.name, item.description


def to_markdown(doc: str) -> str:
    """A whole docstring."""
    return "\n\n".join(part for section in _parse(doc) if (part := _section(section)))


def _parse(doc: str) -> list[Any]:
    whole = {"returns_multiple_items": False, "returns_named_value": False}
    return griffe.Docstring(doc, lineno=1).parse("google", warnings=False, **whole)


def _section(section: Any) -> str:
    kind: str = section.kind.value
    if kind in _LISTS:
        items = "\n".join(_item(item) for item in section.value)
        return f"{_LISTS[kind]}:\n\n{items}"
    if kind == "admonition":
        return f"{section.title}: {_prose(section.value.description)}"
    if kind == "examples":
        return "\n\n".join(_prose(text) for _, text in section.value)
    return _prose(section.value)


def _item(item: Any) -> str:
    name = getattr(item, "name", "") or item.annotation or ""
    description = inline(" ".join(item.description.split()))
    return f"- `{name}`: {description}" if name else f"- {description}"


def _prose(text: str) -> str:
    return inline(_INDENTED.sub(_fence, text + "\n").strip())


def _fence(found: re.Match[str]) -> str:
    code = textwrap.dedent(found[2]).strip("\n")
    language = "text" if re.search("[├└─]", code) else "python"
    lead = f"{found[1]}:\n\n" if found[1] else ""
    return f"{lead}```{language}\n{code}\n```\n"
