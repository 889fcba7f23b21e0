"""The exit codes of the command, one for each class of error."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["MEANINGS", "ExitCode"]


class ExitCode(IntEnum):
    """The result of a run, for scripts."""

    OK = 0
    FAILED = 1
    USAGE = 2
    SETTINGS = 3
    REFUSED = 4
    NOT_FOUND = 5
    CONFLICT = 6
    INVALID = 7
    NETWORK = 8
    TIMEOUT = 9
    QUOTA = 10
    SERVER = 11
    CALL = 12
    NOT_VERIFIED = 13
    PARTLY = 14
    WARNING = 15
    CHANGES = 16
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed in a way not listed here, or you answered no",
    ExitCode.USAGE: "the command line or the input cannot be used; nothing was sent",
    ExitCode.SETTINGS: "url or credentials are missing or unusable; nothing was sent",
    ExitCode.REFUSED: "the credentials are wrong, or lack a grant or a plan",
    ExitCode.NOT_FOUND: "the room, participant, trunk ... does not exist",
    ExitCode.CONFLICT: "it exists already, or is not in the state that this needs",
    ExitCode.INVALID: "the server does not accept a value of the request",
    ExitCode.NETWORK: "no usable response: the connection failed or broke",
    ExitCode.TIMEOUT: "time ran out",
    ExitCode.QUOTA: "a quota or rate limit was reached",
    ExitCode.SERVER: "the server failed, is not available, or does not offer this",
    ExitCode.CALL: "a phone call or transfer failed",
    ExitCode.NOT_VERIFIED: "a token or webhook is not valid",
    ExitCode.PARTLY: "of several items some failed, for different reasons",
    ExitCode.WARNING: "`lkapi doctor` has warnings, and nothing failed",
    ExitCode.CHANGES: "`lkapi doctor --migration` found lines that need a change",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
}
"""The list of ``lkapi --help``."""
