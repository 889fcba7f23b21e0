"""Programs that import livekit.api run on lkapi after one call, and nothing is doubled."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from lkapi import alias, constants


def run(program: str) -> str:
    """Run a program in a fresh interpreter, which ends well."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["livekit", "not_installed"])
def test_names_mean_our_modules(name: str) -> None:
    """The very same objects come back, whether or not a package of that name is installed."""
    run(
        f"""
        import lkapi.alias
        lkapi.alias.install({name!r})
        lkapi.alias.install({name!r})
        from {name} import api
        from {name}.api import sip_values
        import {name}.protocol.sip as theirs
        import lkapi.sip_values, lkapi.protocol.sip
        assert api is lkapi and sip_values is lkapi.sip_values
        assert theirs is lkapi.protocol.sip
        assert theirs.__spec__.name == theirs.__name__ == "lkapi.protocol.sip"
        """
    )


def test_other_packages_of_the_name_stay() -> None:
    """Only api and protocol are taken over; what does not exist is still not found."""
    run(
        """
        import lkapi.alias
        lkapi.alias.install()
        for missing in ("livekit.no_such_thing", "livekit.api.no_such_thing"):
            try:
                __import__(missing)
            except ModuleNotFoundError as error:
                assert error.name == missing, error.name
            else:
                raise AssertionError(missing)
        """
    )


def test_too_late() -> None:
    """With the official package imported already, two kinds of messages would mix: refused."""
    pytest.importorskip("livekit.protocol")
    run(
        """
        import livekit.protocol
        import lkapi.alias
        try:
            lkapi.alias.install()
        except RuntimeError as error:
            assert "livekit.protocol is already imported" in str(error)
        else:
            raise AssertionError
        """
    )


def test_nothing_is_touched_unasked() -> None:
    """Importing lkapi, the alias module included, leaves the livekit namespace alone."""
    run(
        """
        import sys
        before = list(sys.meta_path)
        import lkapi.alias
        assert sys.meta_path == before
        assert not [name for name in sys.modules if name.split(".")[0] == "livekit"]
        """
    )


@pytest.fixture
def probe() -> Iterator[str]:
    """A name for the alias inside this process, forgotten afterwards."""
    name = "lkapi_alias_probe"
    before = list(sys.meta_path)
    yield name
    sys.meta_path[:] = before
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[module]


def test_alias_in_this_process(probe: str) -> None:
    """The same without a fresh interpreter: our modules stay as they are, others are not found."""
    alias.install(probe)
    alias.install(probe)
    assert sum(getattr(finder, "name", None) == probe for finder in sys.meta_path) == 1
    spec = constants.__spec__
    theirs = importlib.import_module(f"{probe}.api.constants")
    assert theirs is constants
    assert constants.__spec__ is spec
    assert importlib.import_module(f"{probe}.protocol.sip").__name__ == "lkapi.protocol.sip"
    for missing in (f"{probe}.other", f"{probe}.api.no_such_thing"):
        with pytest.raises(ModuleNotFoundError) as caught:
            importlib.import_module(missing)
        assert caught.value.name == missing


def test_alias_after_the_fact(probe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of that name that is not ours stands in the way."""
    monkeypatch.setitem(sys.modules, f"{probe}.api", types.ModuleType(f"{probe}.api"))
    with pytest.raises(RuntimeError, match="already imported"):
        alias.install(probe)


def test_a_module_that_lacks_another(
    probe: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A module of ours that cannot import something says so itself."""
    (tmp_path / "lkapi_broken_probe.py").write_text("import no_such_module_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(alias._PARTS, "api", "lkapi_broken_probe")
    alias.install(probe)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(f"{probe}.api")
    assert caught.value.name == "no_such_module_at_all"
