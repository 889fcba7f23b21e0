"""The examples of `lkapi webhook` and `lkapi doctor` do what they say."""

from __future__ import annotations

import pytest

from lkapi.cli.groups import Command
from scripts import try_cli
from tests.cli.tools import run

MINE = {
    " ".join(path): command
    for path, command in try_cli.commands()
    if path[1] in ("webhook", "doctor")
}
EXAMPLES = [example for command in MINE.values() for example in command.examples]


def test_there_are_examples_of_each():
    """And the help shows them."""
    assert len(MINE) == 5
    for path, command in MINE.items():
        assert isinstance(command, Command)
        assert command.examples
        code, out, _ = run(*path.split()[1:], "--help")
        assert code == 0
        assert all(example in out for example in command.examples)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_succeeds(example, tmp_path):
    """On the embedded server, with a receiver and files where it names them."""
    with try_cli.embedded() as (world, environ):
        furnished = try_cli.prepare(environ, world)
        code, out, err = try_cli.run(example, furnished, str(tmp_path))
    assert (code, "Traceback" in err) == (0, False), err
    assert out or "Listening at" in err
