"""The names of ``lkapi.devserver``: each is there, and loads no more than it needs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from lkapi import devserver
from lkapi.devserver.runtime.config import WorldConfig
from lkapi.devserver.server.services import SELF_HOSTED, served
from lkapi.methods import all_methods


def test_every_name_is_where_it_is_said_to_be() -> None:
    homes = {name: home for home, names in devserver._HOMES.items() for name in names}
    assert sorted(homes) == sorted(devserver.__all__)
    assert set(devserver.__all__) <= set(dir(devserver))
    for name, home in homes.items():
        module = importlib.import_module(home, devserver.__name__)
        assert getattr(devserver, name) is getattr(module, name)
        assert name in getattr(module, "__all__", [name])


def test_a_name_that_is_not_there_is_named() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Wrold'"):
        _ = devserver.Wrold


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import lkapi.devserver", ["lkapi.devserver.world", "attrs", "google", "asyncio"]),
        (
            "import lkapi.devserver.program.run",
            [
                "asyncio",
                "http.server",
                "http.client",
                "email.parser",
                "ssl",
                "yaml",
                "cryptography",
            ],
        ),
        ("from lkapi.devserver.program import main", ["lkapi.devserver.world", "google"]),
    ],
)
def test_only_what_is_used_is_loaded(statement: str, absent: list[str]) -> None:
    """The start of ``lkapi dev`` is quick because of it."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(absent) & set(done.stdout.split()) == set()


def test_the_services_of_the_profiles_are_those_of_the_rows() -> None:
    """They are written out where the server starts."""
    assert served(WorldConfig(profile="self-hosted")) == SELF_HOSTED
    assert served(WorldConfig()) == SELF_HOSTED | {row.service for row in all_methods()}
