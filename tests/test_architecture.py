"""The architecture page is about the code as it stands."""

from __future__ import annotations

import pathlib
import pkgutil
import re

import pytest

import lkapi

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PARTS = [
    f"{module.name}/" if module.ispkg else f"{module.name}.py"
    for module in pkgutil.iter_modules(lkapi.__path__[:1])
]


@pytest.mark.parametrize("part", PARTS)
def test_every_module_has_its_place_on_the_page(part: str) -> None:
    """Whoever looks for a module's purpose finds it."""
    assert f"`{part}`" in PAGE


def test_the_page_names_no_file_that_is_not_there() -> None:
    """A name in backticks that looks like a file is one."""
    named = re.findall(r"`([\w/.]+(?:\.py|/))`", PAGE)
    assert len(named) > 30
    places = [ROOT, ROOT / "src" / "lkapi"]
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_script_is_in_the_guide_for_contributors() -> None:
    """And the guide names no script that is not there."""
    scripts = {p.name for p in (ROOT / "scripts").iterdir() if p.is_file() and not p.suffix}
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    assert set(re.findall(r"^\| `scripts/([\w-]+)", guide, re.MULTILINE)) == scripts


def test_every_recorded_behaviour_that_is_referred_to_is_listed() -> None:
    """Docstrings speak of "recorded behaviour 7" or "behaviours 54 to 58": the list has them."""
    page = (ROOT / "docs" / "recorded-behaviours.md").read_text()
    listed = [int(number) for number in re.findall(r"^(\d+)\. ", page, re.MULTILINE)]
    assert listed == list(range(1, len(listed) + 1))
    texts = [path.read_text() for path in (ROOT / "src" / "lkapi").rglob("*.py")]
    said = re.findall(r"behaviours? ([\d, ]+(?:(?:to|and) \d+)?)", " ".join(texts))
    used = {int(number) for words in said for number in re.findall(r"\d+", words)}
    assert used
    assert used <= set(listed)
