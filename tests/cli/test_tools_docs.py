"""The pages about the webhook commands and doctor are about these commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lkapi.cli.doctor.grants import READS
from lkapi.cli.exit_codes import ExitCode
from scripts import try_cli

DOCS = Path(__file__).resolve().parents[2] / "docs"
TOOLS = (DOCS / "webhook-tools.md").read_text(encoding="utf-8")
DOCTOR = (DOCS / "doctor.md").read_text(encoding="utf-8")
COMMANDS = {" ".join(path[1:]): command for path, command in try_cli.commands()}
MINE = [name for name in COMMANDS if name == "doctor" or name.startswith("webhook ")]
PAGES = [(name, DOCTOR if name == "doctor" else TOOLS) for name in MINE]
PLAIN = {
    "--room",
    "--identity",
    "--id",
    "--event",
    "--to",
    "--host",
    "--port",
    "--record",
    "--json",
    "--quiet",
}


@pytest.mark.parametrize(("name", "page"), PAGES)
def test_every_option_is_on_the_page_and_no_other(name, page):
    """What the help says in a line needs no more than that."""
    own = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {option for option in own if option.startswith("--")} - PLAIN - _named(page) == set()


def test_the_pages_name_no_option_that_is_not_there():
    """Of these commands, of the frame, or of the embedded server's."""
    known = PLAIN | {"--webhook", "--project", "--env-file", "--timeout", "--token", "--offline"}
    for name, _ in PAGES:
        known |= {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert (_named(TOOLS) | _named(DOCTOR)) - known == set()


def _named(page: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page))


def test_every_check_is_in_the_table():
    """With what makes it no ok."""
    checks = {"url", "proxy", "dns", "tcp", "tls", "http", "clock", "server", "credentials"}
    checks |= {"regions", "latency", *(read.check for read in READS)}
    table = "".join(line for line in DOCTOR.splitlines() if line.startswith("| `"))
    assert {check for check in checks if f"`{check}`" not in table} == set()


def test_exit_codes_are_those_of_the_command():
    """The page and the table of codes cannot drift apart."""
    found = {ExitCode.SETTINGS: 3, ExitCode.REFUSED: 4, ExitCode.NETWORK: 8,
             ExitCode.TIMEOUT: 9, ExitCode.SERVER: 11, ExitCode.WARNING: 15}  # fmt: skip
    assert all(code == number for code, number in found.items())
    said = DOCTOR[DOCTOR.index("The exit code is") :].partition("\n\n")[0]
    assert {int(number) for number in re.findall(r"\b(\d+) ", said)} >= set(found.values())
    said = DOCTOR[DOCTOR.rindex("The exit code is") :]
    assert {int(number) for number in re.findall(r"\b(\d+) if", said)} == {16, 2, 15}
    assert (ExitCode.CHANGES, ExitCode.USAGE) == (16, 2)
    assert "14 if some were accepted" in TOOLS
    assert (ExitCode.PARTLY, ExitCode.NOT_VERIFIED, ExitCode.NOT_FOUND) == (14, 13, 5)
