"""The ``lkapi`` command: tokens, every server API and the embedded server, from a terminal.

A command is added in three steps. It goes into a module of ``commands/``, in the group of its noun,
as a function under ``@group.command(...)`` or as a `rows.RowCommand`; its ``examples`` are run by
the tests. A new group is a ``Group`` called ``group`` in a module of its own, and gets a line in
``app.COMMANDS``, which is all that ``lkapi --help`` reads: a module is imported when one of its
commands is used. It imports click at its top and everything else inside functions.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_MISSING = """\
lkapi: the command line needs more packages than the library
  missing     {missing}
  what to do  pip install 'lkapi-sdk[cli]'
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; ``lkapi --help`` lists the codes.

    Args:
        arguments: those after the command's name; ``sys.argv`` by default.
    """
    if arguments is None and sys.argv[1:2] == ["dev"]:
        from lkapi._signals import end_at_signal

        end_at_signal()
    try:
        from lkapi.cli.app import run
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write(_MISSING.format(missing=error.name))
        return 2
    return run(sys.argv[1:] if arguments is None else list(arguments))
