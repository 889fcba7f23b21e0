"""Phone calls, egress and ingress of the simulated world, controlled by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from lkapi.console.actions.inputs import Input
from lkapi.console.stage.action import WorldAction
from lkapi.presentation.texts import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.console.actions.action import Form
    from lkapi.console.console import Stage

__all__ = ["WORKERS"]

_CALL: Final = Input(name="call_id", label="Call", kind="text", required=True, fixed=True)
_EGRESS: Final = Input(name="egress_id", label="Egress", kind="text", required=True, fixed=True)
_INGRESS: Final = Input(name="ingress_id", label="Ingress", kind="text", required=True, fixed=True)
_MANNERS: Final = (
    ("answers", "answers"), ("busy", "is busy (486)"), ("declines", "declines (603)"),
    ("no_answer", "rings on"), ("unknown", "does not exist (404)"),
)  # fmt: skip
_TIMED: Final = ("answers", "busy", "declines")


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _take(stage: Stage, form: Form) -> str:
    call = stage.server.world.calls.take(form["caller"], form["called"], pin=form.get("pin", ""))
    return f"The call is in room {call.participant.room_name}."


def _take_python(form: Form) -> str:
    pin = f", pin={_quote(form['pin'])}" if form.get("pin") else ""
    return f"world.calls.take({_quote(form['caller'])}, {_quote(form['called'])}{pin})"


def _set_callee(stage: Stage, form: Form) -> str:
    manner, seconds = _manner(form)
    callees = stage.server.world.callees
    if manner in _TIMED:
        getattr(callees, manner)(form["number"], after=seconds)
    else:
        getattr(callees, manner)(form["number"])
    return f"{form['number']} {dict(_MANNERS)[manner]}."


def _manner(form: Form) -> tuple[str, float]:
    manner = form.get("manner") or "answers"
    if manner not in dict(_MANNERS):
        raise ValueError(f"there is no behaviour {manner!r}")
    return manner, parse_duration(form.get("after") or "0")


def _callee_python(form: Form) -> str:
    manner, seconds = _manner(form)
    after = f", after={seconds:g}" if manner in _TIMED and seconds else ""
    return f"world.callees.{manner}({_quote(form['number'])}{after})"


def _by_id(part: str, method: str, field: str, text: str) -> Callable[[Stage, Form], str]:
    """A method of a part of the world with an id as argument."""

    def do(stage: Stage, form: Form) -> str:
        world: Any = stage.server.world
        getattr(getattr(world, part), method)(form[field])
        return f"{form[field]} {text}."

    return do


def _by_id_python(part: str, method: str, field: str) -> Callable[[Form], str]:
    def python(form: Form) -> str:
        return f"world.{part}.{method}({_quote(form[field])})"

    return python


def _simple(name: str, title: str, one: Input, part: str, text: str) -> WorldAction:
    method = name.rpartition(".")[2]
    return WorldAction(
        name=name,
        title=title,
        form=(one,),
        do=_by_id(part, method, one.name, text),
        python=_by_id_python(part, method, one.name),
    )


def _fail_egress(stage: Stage, form: Form) -> str:
    stage.server.world.egresses.fail(form["egress_id"], form["error"])
    return f"{form['egress_id']} failed."


def _fail_python(form: Form) -> str:
    return f"world.egresses.fail({_quote(form['egress_id'])}, {_quote(form['error'])})"


WORKERS: Final = (
    WorldAction(
        name="world.take",
        title="Call from outside",
        about="Trunks and dispatch rules decide which room the call joins, or why it is "
        "not accepted.",
        form=(
            Input(name="caller", label="Caller's number", kind="text", required=True),
            Input(name="called", label="Called number", kind="text", required=True),
            Input(name="pin", label="PIN", kind="text"),
        ),
        do=_take,
        python=_take_python,
        button="Call",
    ),
    WorldAction(
        name="world.callee",
        title="How a number behaves",
        about="When it is dialled, or a call is transferred to it. Other numbers answer at once.",
        form=(
            Input(name="number", label="Number", kind="text", required=True),
            Input(
                name="manner", label="It", kind="choice", value="no_answer", choices=_MANNERS
            ),
            Input(
                name="after", label="After", kind="time",
                help="How long it rings first: 5s. A number that keeps ringing is "
                "answered by hand.",
            ),
        ),
        do=_set_callee,
        python=_callee_python,
        button="Set",
    ),
    _simple("world.call.answer", "Answer the call", _CALL, "calls", "is answered"),
    _simple("world.call.decline", "Decline the call", _CALL, "calls", "is declined"),
    _simple("world.call.hang_up", "Hang up", _CALL, "calls", "is over"),
    _simple("world.egress.activate", "Let the egress start", _EGRESS, "egresses", "is active"),
    _simple("world.egress.complete", "Complete the egress", _EGRESS, "egresses", "is complete"),
    _simple("world.egress.abort", "Abort the egress", _EGRESS, "egresses", "is aborted"),
    _simple("world.egress.limit", "Reach the limit", _EGRESS, "egresses", "reached its limit"),
    WorldAction(
        name="world.egress.fail",
        title="Fail the egress",
        form=(
            _EGRESS,
            Input(name="error", label="Error", kind="text", value="upload failed", required=True),
        ),
        do=_fail_egress,
        python=_fail_python,
    ),
    _simple("world.ingress.start", "Start the stream", _INGRESS, "ingresses", "is publishing"),
    _simple("world.ingress.end", "End the stream", _INGRESS, "ingresses", "has ended"),
)  # fmt: skip
"""What phones, recorders and encoders do."""
