"""Running the command in this process, and as a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from unittest import mock

from lkapi.cli import main

KEY, SECRET = "devkey", "a-secret-of-at-least-thirty-two-characters"
ENVIRON = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
UNSET = ("LIVEKIT_", "LK_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NO_COLOR")


def clean_environ(environ: dict[str, str]) -> dict[str, str]:
    """This process's environment without what would steer the command, and with ``environ``."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(UNSET)}
    return {**kept, **environ}


def run(*arguments: str, environ: dict[str, str] | None = None, stdin: bytes = b""):
    """Exit code, standard output and standard error of one command line."""
    out, err = io.StringIO(), io.StringIO()
    piped = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    with contextlib.ExitStack() as stack:
        variables = clean_environ(ENVIRON if environ is None else environ)
        stack.enter_context(mock.patch.dict(os.environ, variables, clear=True))
        stack.enter_context(mock.patch.object(sys, "stdin", piped))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        code = main(arguments)
    return code, out.getvalue(), err.getvalue()


@contextlib.contextmanager
def process(*arguments: str, environ: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """A running ``python -m lkapi``, killed at the end if it still runs."""
    started = subprocess.Popen(
        [sys.executable, "-m", "lkapi", *arguments],
        env=clean_environ(ENVIRON if environ is None else environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()
