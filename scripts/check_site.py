"""Look over the built site: nothing loads from elsewhere, and links within it lead somewhere."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "srcset"),
}
GENERATED = ("genindex", "py-modindex")


class Page(HTMLParser):
    """What a page loads, links to, and can be linked to by."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif (tag, name) in LOADING and value:
                self.loads.append(value)
            elif (tag, name) == ("a", "href") and value:
                self.links.append(value)


def problems_of(site: Path) -> list[str]:
    """One line each."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        shown = path.relative_to(site.resolve())
        found += [f"{shown} loads {url}" for url in page.loads if _is_outside(url)]
        for link in page.links:
            if not _is_outside(link) and not _resolves(path, link, pages):
                found.append(f"{shown} links to {link}, which is not there")
    for path in site.rglob("*.css"):
        outside = re.findall(
            r"(?:url\(|@import )['\"]?(https?:[^'\")]+)", path.read_text(encoding="utf-8")
        )
        found += [f"{path.relative_to(site)} loads {url}" for url in outside]
    return found


def _is_outside(url: str) -> bool:
    return bool(re.match(r"(https?:)?//|mailto:|data:", url))


def _resolves(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    split = urlsplit(link)
    target = (path.parent / unquote(split.path)).resolve() if split.path else path
    if not target.is_file():
        return False
    page = pages.get(target)
    return not split.fragment or page is None or unquote(split.fragment) in page.ids


def main(folder: str) -> int:
    found = problems_of(Path(folder))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
