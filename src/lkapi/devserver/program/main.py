"""The program: from its arguments to its exit code.

The server is imported after the arguments are read: ``--help`` does not need it.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from lkapi._signals import until_signal
from lkapi.devserver.program.options import PORT, TEST_SERVER_PORTS, make_parser
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from lkapi.devserver.program.companion import Companion

__all__ = ["main"]


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = "lkapi dev",
    companion: Companion | None = None,
) -> int:
    """Serve until interrupted.

    Args:
        arguments: those of the command line by default.
        program: its name on the command line, for help and errors.
        companion: serves a console beside the server.

    Returns:
        0; 1 if the last state could not be written; 2 for options, files and ports that cannot be
        used.
    """
    options = make_parser(program, console=companion is not None).parse_args(arguments)
    options.port = options.port or (TEST_SERVER_PORTS if options.test_server else (PORT,))
    with until_signal() as wait:
        try:
            return _load_serve()(options, wait, companion)
        except SettingsError as error:
            sys.stderr.write(f"{program}: {error}\n")
            return 2


def _load_serve() -> Callable[[argparse.Namespace, Callable[[], object], Companion | None], int]:
    """Import the server with the garbage collector off: 10 % faster, and it leaves no garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        from lkapi.devserver.program.run import serve
    finally:
        if collecting:
            gc.enable()
    return serve
