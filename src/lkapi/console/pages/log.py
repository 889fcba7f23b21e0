"""Log: each API call that this console made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.console.actions.shown import Command, Shown, show_call, show_message
from lkapi.console.web.page import Page, Route

if TYPE_CHECKING:
    from starlette.responses import Response

    from lkapi.console.call_log import LoggedCall
    from lkapi.console.web.view import View

__all__ = ["page"]

_SIZE: Final = 100
_LONGEST: Final = 200_000


async def show_log(view: View) -> Response:
    """``GET /log``: calls by people, and with ``reads=on`` also the console's own reads."""
    reads = view.query.get("reads", "") == "on"
    wanted = view.query.get("q", "").strip().casefold()
    calls = [
        call for call in view.console.link.log.newest(reads=reads)
        if wanted in f"{call.row} {show_message(call.request)} {call.error}".casefold()
    ][:_SIZE]  # fmt: skip
    return view.render("log.html", calls=calls, reads=reads, wanted=view.query.get("q", ""))


async def show_call_page(view: View) -> Response:
    """``GET /log/call?number=7``."""
    call = view.console.link.log.find(view.number("number", 0))
    if call is None:
        return view.not_found("This call is not in the log (any more): it keeps the last 500.")
    return view.render(
        "log_call.html",
        call=call,
        request=show_message(call.request),
        response=_response(call),
        shown=_shown(view, call),
        title=f"Call {call.number}",
    )


def _shown(view: View, call: LoggedCall) -> tuple[Shown, ...]:
    if call.shown:
        return tuple(Shown(label, code) for label, code in call.shown)
    return show_call(call.row, call.request, view.console.base_url, _command(view, call))


def _response(call: LoggedCall) -> str:
    text = show_message(call.response) if call.response is not None else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… cut off"


def _command(view: View, call: LoggedCall) -> Command:
    """The command for it, if an action knows a shorter one than ``lkapi call``."""
    for action in view.frame.actions.values():
        known: Any = action
        if getattr(known, "row_name", "") and known.row is call.row and known.command.words:
            found: Command = known.command
            return found
    return Command()


page: Final = Page(
    name="log",
    title="Log",
    path="/log",
    routes=(
        Route(path="/log", handler=show_log),
        Route(path="/log/call", handler=show_call_page),
    ),
)
