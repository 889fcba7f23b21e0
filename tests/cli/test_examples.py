"""Each command has examples, and each example does what it says on the embedded server."""

from __future__ import annotations

import click
import pytest

from lkapi.cli.app import COMMANDS, make_app
from lkapi.cli.groups import Command
from lkapi.cli.rows import RowCommand
from scripts import try_cli

EXAMPLES = try_cli.examples()
PATHS = {" ".join(path): command for path, command in try_cli.commands()}


@pytest.mark.parametrize("path", PATHS)
def test_each_command_has_an_example_that_calls_it(path):
    command = PATHS[path]
    assert isinstance(command, Command)
    assert command.examples
    assert all(path in example for example in command.examples)


@pytest.mark.parametrize("path", PATHS)
def test_each_help_says_what_the_command_does_and_shows_the_examples(path, lk):
    if path == "lkapi dev":
        pytest.skip("the embedded server's own program answers --help")
    ran = lk(*path.split()[1:], "--help")
    assert ran.code == 0
    assert PATHS[path].help
    for example in PATHS[path].examples:
        assert example in ran.out


@pytest.mark.parametrize("path", PATHS)
def test_no_two_options_of_a_command_have_the_same_name(path):
    command = PATHS[path]
    context = click.Context(command, info_name=path)
    names = [
        name
        for parameter in command.get_params(context)
        for name in (*parameter.opts, *parameter.secondary_opts)
    ]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    "path", [path for path, command in PATHS.items() if isinstance(command, RowCommand)]
)
def test_every_field_of_a_request_can_be_given_unless_that_was_decided_otherwise(path):
    command = PATHS[path]
    message = command.row.request
    for name in command.inside:
        message = message.__layout__.fields[name].child
    given = {flag.path[len(command.inside)] for flag in command.flags}
    given |= {*command.skip, *command.arguments, command.several}
    assert set(message.__layout__.fields) <= given


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_succeeds(example, server, tmp_path):
    code, out, err = try_cli.run(example, server.environ, str(tmp_path))
    assert code == 0, err
    assert "Traceback" not in err
    assert out or err or "completion" in example


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_root_help_is_that_of_the_command(name):
    app = make_app()
    command = app.get_command(click.Context(app), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name][1]


def test_the_page_shows_every_command_with_its_examples(pytestconfig):
    page = (pytestconfig.rootpath / "docs/cli.md").read_text("utf-8")
    for path, command in PATHS.items():
        assert f"| `{path.removeprefix('lkapi ')}` | {command.get_short_help_str(200)} |" in page
        for example in command.examples:
            assert example in page
