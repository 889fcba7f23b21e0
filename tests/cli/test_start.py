"""What is loaded for what: help is fast, tokens need no messages, a missing extra is said."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("attrs", "google", "rich", "yaml", "dotenv", "lkapi.client", "lkapi.message", "lkapi.auth")
REPORT = """
import sys
from lkapi.cli import main
code = main({arguments!r})
loaded = [name for name in {names!r} if name in sys.modules]
sys.stderr.write(f"LOADED {{loaded}} CODE {{code}}")
"""


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def loaded_by(*arguments):
    ran = run_python(REPORT.format(arguments=list(arguments), names=HEAVY))
    return ran.stderr.rpartition("LOADED ")[2]


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("completion", "bash")])
def test_help_version_and_completion_load_click_alone(arguments):
    assert loaded_by(*arguments) == "[] CODE 0"


def test_tokens_load_no_messages_and_no_client():
    made = loaded_by("token", "create", "--list", "--api-key", "k", "--api-secret", "s" * 32)
    assert "google" not in made
    assert "lkapi.client" not in made
    assert "lkapi.message" not in made
    assert made.endswith("CODE 0")


def test_the_help_of_a_group_loads_no_messages():
    assert loaded_by("room", "--help") == "[] CODE 0"


def test_without_the_extra_the_command_says_how_to_install_it():
    code = (
        "import sys; sys.modules['click'] = None\n"
        "from lkapi.cli import main\n"
        "sys.stderr.write(f'CODE {main([])}')"
    )
    ran = run_python(code)
    assert "pip install 'lkapi-sdk[cli]'" in ran.stderr
    assert ran.stderr.endswith("CODE 2")
    assert "Traceback" not in ran.stderr


def test_without_a_part_of_the_extra_too(lk, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    ran = lk("room", "list", "--project", "demo")
    assert ran.code == 2
    assert "pip install 'lkapi-sdk[cli]'" in ran.err


def test_python_m_lkapi_is_the_same_command():
    ran = subprocess.run(
        [sys.executable, "-m", "lkapi", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("lkapi ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_each_shell(shell, lk):
    ran = lk("completion", shell)
    assert ran.code == 0
    assert "_LKAPI_COMPLETE" in ran.out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lkapi ro", "room"),
        ("lkapi room cre", "create"),
        ("lkapi room create --empty", "--empty-timeout"),
        ("lkapi sip outbound create --transport t", "tls"),
        ("lkapi call RoomService/CreateR", "RoomService/CreateRoom"),
    ],
)
def test_completion_knows_commands_options_and_values(line, expected, lk, capsys):
    words = line.split()
    ran = lk(_LKAPI_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1))
    assert f"plain,{expected}" in ran.out.splitlines()
