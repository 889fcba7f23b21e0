"""A furnished server behind a port, and lkapi run in this process against it."""

from __future__ import annotations

import io
import json
import sys

import attrs
import pytest

from lkapi.cli import main
from lkapi.devserver import World
from scripts import try_cli

VARIABLES = (
    "LIVEKIT_URL",
    "LIVEKIT_API_KEY",
    "LIVEKIT_API_SECRET",
    "LIVEKIT_TOKEN",
    "LIVEKIT_PROJECT_ID",
    "NO_COLOR",
)


@attrs.frozen
class Ran:
    """What a run came to."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@attrs.frozen
class Server:
    """A furnished embedded server and the environment that leads to it."""

    world: World
    environ: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.environ[name]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch, tmp_path):
    """Nothing of the machine's own settings counts, and the home directory is empty."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def lk(monkeypatch, capsys):
    """Run a command line in this process: ``lk("room", "list")``."""

    def run(*arguments, stdin="", **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def server(monkeypatch):
    """A server with rooms, people, trunks ...; the environment leads to it."""
    with try_cli.embedded() as (world, environ):
        furnished = try_cli.prepare(environ, world)
        for name in environ:
            monkeypatch.setenv(name, environ[name])
        yield Server(world, furnished)
