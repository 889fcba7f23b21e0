"""The root of the command: the table of its groups, its options, and how a run ends."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from lkapi._version import __version__
from lkapi.cli.exit_codes import MEANINGS, ExitCode
from lkapi.cli.groups import LazyGroup, ReaderGoneError
from lkapi.cli.options import SharedOptions, connection_options, output_options

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "make_app", "run"]

_HERE: Final = "lkapi.cli.commands"

COMMANDS: Final = {
    "token": (f"{_HERE}.token", "Create, decode and verify access tokens."),
    "room": (f"{_HERE}.room", "Create, list, change and delete rooms."),
    "participant": (f"{_HERE}.participant", "The participants of a room."),
    "egress": (f"{_HERE}.egress", "Record rooms, or stream them elsewhere."),
    "ingress": (f"{_HERE}.ingress", "Bring media from outside into rooms."),
    "sip": (f"{_HERE}.sip", "Phone calls: trunks, dispatch rules, calling, transferring."),
    "dispatch": (f"{_HERE}.dispatch", "Send agents into rooms."),
    "number": (f"{_HERE}.number", "Phone numbers (LiveKit Cloud)."),
    "connector": (f"{_HERE}.connector", "WhatsApp and Twilio calls (LiveKit Cloud)."),
    "analytics": (f"{_HERE}.analytics", "Past sessions (LiveKit Cloud, Scale plan)."),
    "call": (f"{_HERE}.call", "Call any method of the API with a JSON request."),
    "webhook": (f"{_HERE}.webhook", "Receive, send, replay and verify webhooks."),
    "doctor": (f"{_HERE}.doctor", "Find out why a server cannot be used."),
    "completion": (f"{_HERE}.completion", "Print the completion script of a shell."),
    "console": (f"{_HERE}.console", "Watch and control a server in a browser."),
    "dev": (f"{_HERE}.dev", "Run the embedded server, for development and tests."),
}
"""Each command with its module and its line in the help; ``--help`` reads nothing else."""

_EXIT_CODES: Final = "\b\nExit codes:\n" + "\n".join(
    f"  {int(code):>3}  {meaning}" for code, meaning in MEANINGS.items()
)


def make_app() -> LazyGroup:
    """The root group."""
    return LazyGroup(
        "lkapi",
        COMMANDS,
        help="LiveKit from the terminal: tokens, rooms, egress, ingress, telephony, agents.",
        epilog=_EXIT_CODES,
        params=[
            *output_options(),
            *connection_options(),
            click.Option(
                ["--version"], is_flag=True, expose_value=False, is_eager=True,
                callback=_print_version, help="Show the version.",
            ),
        ],
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )  # fmt: skip


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        sys.stdout.write(f"lkapi {__version__}\n")
        raise click.exceptions.Exit(0)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    options = SharedOptions()
    handler = _LogLines(options)
    logging.getLogger("lkapi").addHandler(handler)
    try:
        return _run(arguments, options)
    finally:
        logging.getLogger("lkapi").removeHandler(handler)


def _run(arguments: Sequence[str], options: SharedOptions) -> int:
    try:
        code = _invoke(list(arguments), options)
        sys.stdout.flush()
    except (BrokenPipeError, ReaderGoneError):
        return _end_quietly()
    except (KeyboardInterrupt, click.Abort):  # click turns Ctrl-C into an Abort
        sys.stderr.write("\n")
        return int(ExitCode.INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return int(ExitCode.USAGE)
    except SystemExit as ended:  # by click, after it has completed a shell's input
        return ended.code if isinstance(ended.code, int) else int(ExitCode.FAILED)
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a block
        return _report(error, options)
    return code


class _LogLines(logging.Handler):
    """Shows log records only with ``--debug``: an error lists its attempts in any case."""

    def __init__(self, options: SharedOptions) -> None:
        super().__init__()
        self._options = options

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        if self._options.debug:
            sys.stderr.write(f"{record.levelname.lower()}: {record.getMessage()}\n")


def _invoke(arguments: list[str], options: SharedOptions) -> int:
    found = make_app().main(
        arguments,
        prog_name="lkapi",
        standalone_mode=False,
        complete_var="_LKAPI_COMPLETE",
        obj=options,
    )
    return found if isinstance(found, int) else int(ExitCode.OK)


def _report(error: Exception, options: SharedOptions) -> int:
    from lkapi.cli.failures import exit_code, report

    sys.stdout.flush()
    given = (options.api_secret, options.token)
    secrets = [*options.secrets, *(text for text in given if text)]
    sys.stderr.write(report(error, debug=options.debug, secrets=secrets))
    return int(exit_code(error))


def _end_quietly() -> int:
    """The reader of the output has closed the pipe: end without any message, also from Python."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(ExitCode.OK)
