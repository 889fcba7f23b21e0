"""The public surface is what was recorded, and deprecated names keep their promise."""

from __future__ import annotations

import asyncio
import difflib
import importlib.util
import inspect
import re
from typing import Any

import pytest

import lkapi
from lkapi._deprecation import DEPRECATIONS, Deprecation, deprecated

griffe = pytest.importorskip("griffe")

from scripts.public_surface import FOLDER, PUBLIC, ROOT, surface  # noqa: E402 - griffe may be absent

PAGE = (ROOT / "docs/versioning.md").read_text(encoding="utf-8")
HINT = "\nIf the change is meant: scripts/surface, and a line in CHANGELOG.md (docs/versioning.md)"


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return surface()


def test_the_surface_is_the_recorded_one(found: dict[str, str]) -> None:
    """Nothing public comes, goes or changes its signature unnoticed."""
    recorded = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")}
    difference: list[str] = []
    for name in sorted(recorded.keys() | found.keys()):
        old, new = (texts.get(name, "").splitlines() for texts in (recorded, found))
        difference += difflib.unified_diff(old, new, f"recorded/{name}", name, "", "", 1, "")
    assert not difference, "\n".join(difference) + HINT


def test_what_users_call_is_recorded(found: dict[str, str]) -> None:
    """Functions with keywords and defaults, fields, enum values, fixtures, and where names are."""
    assert "AccessToken = lkapi.auth.AccessToken" in found["lkapi.txt"].splitlines()
    assert "class AccessToken\n" in found["lkapi.auth.txt"]
    assert re.search(
        r"async def create_room\(.*?\n        timeout: Seconds \| None = None,?\n"
        r"        \*\*fields: Unpack\[CreateRoomRequestFields\],?\n    \) -> Room\n",
        found["services.txt"],
        re.DOTALL,
    )
    assert "\n    empty_timeout: int\n" in found["lkapi.protocol.room.txt"]
    assert "\n    MICROPHONE = 2\n" in found["lkapi.protocol.models.txt"]
    assert "fixture def livekit_server(" in found["pytest_lkapi.txt"]
    assert "def server(" in found["lkapi.testing.txt"]
    assert "use create_inbound_trunk')" in found["services.txt"]
    assert found.keys() >= {f"{name}.txt" for name in PUBLIC}


def test_the_top_of_lkapi_is_recorded_whole(found: dict[str, str]) -> None:
    """What ``dir(lkapi)`` shows by being loaded on demand is there."""
    lines = r"^(?:class |async def |def |classmethod def )?(\w+)"
    recorded = set(re.findall(lines, found["lkapi.txt"], re.MULTILINE))
    shown = {*lkapi.__all__, *lkapi._MODULES, *lkapi._COMPAT, *lkapi.errors.__all__}
    assert shown - recorded == set()


def test_every_public_module_is_on_the_page() -> None:
    """The page says what is public, and names no module that is not."""
    named = set(re.findall(r"`((?:lkapi|pytest_lkapi)(?:\.\w+)*)`", PAGE))
    assert named >= {name for name in PUBLIC if not name.startswith("lkapi.web.")}
    assert [name for name in named if importlib.util.find_spec(name) is None] == []


def test_deprecated_names_are_on_the_page_and_not_overdue() -> None:
    """Each with the version that removes it; whoever reaches that version has to remove it."""
    importlib.import_module("lkapi.services.sip")
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \| (.+?) \|$", PAGE, re.MULTILINE)
    listed = {(name, since, removal, text.replace("`", "")) for name, since, removal, text in rows}
    ours = [note for note in DEPRECATIONS if note.module.startswith("lkapi.services")]
    assert listed == {(note.name, note.since, note.removal, note.replacement) for note in ours}
    now = _numbers(lkapi.__version__)
    assert [note.name for note in ours if _numbers(note.removal) <= now] == []


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[Deprecation]:
    """The list of deprecations, for names made in a test."""
    monkeypatch.setattr(lkapi._deprecation, "DEPRECATIONS", noted := [])
    return noted


def test_a_deprecated_function_warns_its_caller(noted: list[Deprecation]) -> None:
    """With its name, both versions and what to use; it works as before and keeps its docstring."""

    @deprecated("since 0.3, removed in 1.0: use new")
    def old(value: int) -> int:
        """Double it."""
        return value * 2

    text = "old is deprecated since lkapi 0.3 and will be removed in 1.0: use new"
    with pytest.warns(DeprecationWarning, match=f"^{re.escape(text)}$") as caught:
        assert old(2) == 4
    assert caught[0].filename == __file__
    assert old.__doc__ == "Double it."
    assert noted == [Deprecation("old", __name__, "0.3", "1.0", "new")]


def test_a_deprecated_coroutine_function_warns_who_awaits_it(noted: list[Deprecation]) -> None:
    """And stays a coroutine function."""

    @deprecated("since 0.3, removed in 1.0: use new and newer")
    async def old(**fields: Any) -> dict[str, Any]:
        return fields

    async def caller() -> dict[str, Any]:
        return await old(a=1)

    assert inspect.iscoroutinefunction(old)
    with pytest.warns(DeprecationWarning, match="use new and newer$") as caught:
        assert asyncio.run(caller()) == {"a": 1}
    assert caught[0].filename == __file__


@pytest.mark.parametrize("text", ["use new", "since 1, removed in 2.0: use new", "since 0.1: x"])
def test_a_deprecation_says_everything(text: str, noted: list[Deprecation]) -> None:
    """A message of another form is refused when the module is loaded."""
    with pytest.raises(ValueError, match=r"since X\.Y, removed in X\.Y: use name"):
        deprecated(text)
    assert noted == []
