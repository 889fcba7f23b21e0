"""What a tool that prints local variables would show of an error."""

from __future__ import annotations

import traceback
from pathlib import Path

import lkapi

PACKAGE = str(Path(lkapi.__file__).parent)


def show_locals(error: BaseException) -> str:
    """The error and its causes as text, with the variables of the frames inside lkapi."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    link: traceback.TracebackException | None = told
    while link is not None:
        link.stack[:] = [frame for frame in link.stack if frame.filename.startswith(PACKAGE)]
        link = link.__cause__ or link.__context__
    return "".join(told.format())
