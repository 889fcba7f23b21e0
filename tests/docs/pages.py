"""The pages of the documentation: their code blocks, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import attrs
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "reference"
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md"))
    if GENERATED not in path.parents
)
ALL_PAGES = [*PAGES, *sorted(GENERATED.rglob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
INFO = re.compile(r'(\w*)(?: title="([^"]+)")?')


@attrs.frozen
class Block:
    """A code block, and why it is not run if the page says so."""

    page: Path
    line: int
    language: str
    title: str
    code: str
    reason: str

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line} ({self.title or self.language})"


def name_of(page: Path) -> str:
    """Its path in the repository."""
    return page.relative_to(ROOT).as_posix()


@cache
def tokens_of(page: Path) -> list[Token]:
    """The page as CommonMark with tables."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks_of(page: Path) -> list[Block]:
    """Every code block in its order."""
    found = []
    reason = ""
    for token in tokens_of(page):
        if token.type == "html_block":
            said = NOT_RUN.search(token.content)
            reason = said[1] if said else ""
        elif token.type == "fence":
            info = INFO.fullmatch(token.info.strip())
            assert info, f"{name_of(page)}: what is ```{token.info}?"
            line = token.map[0] + 1 if token.map else 0
            found.append(Block(page, line, info[1], info[2] or "", token.content, reason))
            reason = ""
        elif token.type != "list_item_open":
            reason = ""
    return found


@cache
def anchors_of(page: Path) -> set[str]:
    """What links to parts of the page may name, by a forge's rule."""
    found: set[str] = set()
    for heading in _headings(page):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = 0
        while (f"{slug}-{count}" if count else slug) in found:
            count += 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def _headings(page: Path) -> Iterator[str]:
    if GENERATED in page.parents:  # large, and simple enough
        yield from re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        return
    for opening, inline in pairwise(tokens_of(page)):
        if opening.type == "heading_open":
            yield "".join(child.content for child in inline.children or ())


def links_of(page: Path) -> Iterator[str]:
    """The targets of links and images that are within the repository."""
    for target in _targets(page):
        if not re.match(r"[a-z]+:", target):
            yield target


def _targets(page: Path) -> Iterator[str]:
    if GENERATED in page.parents:
        yield from set(re.findall(r"\]\(([^) ]+)\)", page.read_text(encoding="utf-8")))
        return
    for token in tokens_of(page):
        if token.type == "html_block":
            yield from re.findall(r'(?:src|srcset|href)="([^"]+)"', token.content)
        for child in token.children or ():
            if target := child.attrGet("href") or child.attrGet("src"):
                yield str(target)
