"""The controls of the simulated world: clock, faults, webhooks by hand, snapshots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.action import Done
from lkapi.console.actions.inputs import Input
from lkapi.console.stage.action import WorldAction
from lkapi.presentation.texts import parse_duration, show_duration
from lkapi.webhook import EVENT_NAMES

if TYPE_CHECKING:
    from lkapi.console.actions.action import Form
    from lkapi.console.console import Stage

__all__ = ["MACHINE"]

_DROPS: Final = (("", "no"), ("before", "before the server acts"), ("after", "after it acted"))


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _advance(stage: Stage, form: Form) -> str:
    world = stage.server.world
    seconds = parse_duration(form["by"])
    with world.lock:
        world.clock.advance(seconds)
        world.settle()
    return f"The clock went forward by {show_duration(seconds)}."


def _advance_python(form: Form) -> str:
    return (
        "with world.lock:\n"
        f"    world.clock.advance({parse_duration(form['by']):g})\n    world.settle()"
    )


def _fault_fields(form: Form) -> dict[str, Any]:
    fields: dict[str, Any] = {"method": form.get("method", "").strip()}
    if form.get("status", "").strip():
        fields["status"] = _number(form["status"], "status")
        if not 400 <= fields["status"] < 600:
            raise ValueError(f"{fields['status']} is not the status of an error: give 400 to 599")
    if form.get("message", "").strip():
        fields["message"] = form["message"]
    if form.get("delay", "").strip():
        fields["delay"] = parse_duration(form["delay"])
    if form.get("drop"):
        fields["drop"] = form["drop"]
    if not fields.keys() & {"status", "delay", "drop"}:
        raise ValueError("a fault has a status, a delay, or drops the connection")
    return {name: value for name, value in fields.items() if value != ""}


def _times(form: Form) -> int | None:
    return _number(form["times"], "times") if form.get("times", "").strip() else None


def _number(text: str, what: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(f"{what}: {text!r} is not a whole number")
    return int(text)


def _fail(stage: Stage, form: Form) -> str:
    stage.server.faults.fail(_times(form), **_fault_fields(form))
    return "The fault is set."


def _fail_python(form: Form) -> str:
    fields = ", ".join(f"{name}={_python(value)}" for name, value in _fault_fields(form).items())
    times = _times(form)
    return f"server.faults.fail({'' if times is None else f'{times}, '}{fields})"


def _python(value: Any) -> str:
    return _quote(value) if isinstance(value, str) else repr(value)


def _clear(stage: Stage, _: Form) -> str:
    stage.server.faults.clear()
    return "No fault is set any more."


def _event(stage: Stage, form: Form) -> lkapi.WebhookEvent:
    """An event about the current world."""
    world, name = stage.server.world, form["event"]
    event = lkapi.WebhookEvent(event=name)
    room = world.find_room(form.get("room", ""))
    if room is not None:
        event.room = world.show_room(room)
    elif form.get("room"):
        event.room = lkapi.Room(name=form["room"])
    if form.get("identity"):
        person = world.find_participant(form.get("room", ""), form["identity"])
        known = lkapi.ParticipantInfo(identity=form["identity"])
        about: lkapi.ParticipantInfo = known if person is None else person.info.copy()
        event.participant = about
        if name.startswith("track_") and about.tracks:
            event.track = about.tracks[0].copy()
    if name.startswith("egress_"):
        event.egress_info = next(iter(world.egresses.all()), lkapi.EgressInfo(egress_id="EG_none"))
    if name.startswith("ingress_"):
        none = lkapi.IngressInfo(ingress_id="IN_none")
        event.ingress_info = next(iter(world.ingresses.all()), none)
    return event


def _fire(stage: Stage, form: Form) -> str:
    world = stage.server.world
    with world.lock:
        world.events.emit(_event(stage, form))
    targets = 0 if stage.webhooks is None else len(stage.webhooks.sender.targets)
    return f"{form['event']} was sent to {targets} {'url' if targets == 1 else 'urls'}."


def _fire_python(form: Form) -> str:
    room = f", room=lkapi.Room(name={_quote(form['room'])})" if form.get("room") else ""
    person = ""
    if form.get("identity"):
        person = f", participant=lkapi.ParticipantInfo(identity={_quote(form['identity'])})"
    return (
        f"import lkapi\n\nevent = lkapi.WebhookEvent(event={_quote(form['event'])}{room}{person})\n"
        "with world.lock:\n    world.events.emit(event)"
    )


def _save(stage: Stage, _: Form) -> Done:
    text = json.dumps(stage.server.world.snapshot(), separators=(",", ":"))
    return Done(text=f"The snapshot has {len(text)} characters. Keep it as a file.", code=text)


def _load(stage: Stage, form: Form) -> str:
    try:
        found = json.loads(form["snapshot"])
    except ValueError as error:
        raise ValueError(f"this is not a snapshot: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("this is not a snapshot: it is not a JSON object")  # noqa: TRY004
    stage.server.world.restore(found)
    return "The world was restored."


def _plain(text: str) -> Any:
    def python(_: Form) -> str:
        return text

    return python


_NAMES: Final = tuple((name, name) for name in EVENT_NAMES)

MACHINE: Final = (
    WorldAction(
        name="world.advance",
        title="Move the clock",
        about="Rooms end, calls ring and recordings continue as if that time had passed.",
        form=(
            Input(
                name="by", label="Forward by", kind="time", value="1m", required=True,
                help="30s, 5m, 2h.",
            ),
        ),
        do=_advance,
        python=_advance_python,
        button="Move",
    ),
    WorldAction(
        name="world.fault",
        title="Set a fault",
        about="For the calls of clients; the console's own calls are not affected.",
        form=(
            Input(
                name="method", label="Method", kind="text",
                help="RoomService/CreateRoom, or CreateRoom; every call when empty.",
            ),
            Input(name="times", label="Times", kind="number", help="Until cleared when empty."),
            Input(name="status", label="HTTP status", kind="number", help="503, 429, 500."),
            Input(name="message", label="Message", kind="text"),
            Input(name="delay", label="Delay", kind="time", help="Before the response: 2s."),
            Input(name="drop", label="Drop the connection", kind="choice", choices=_DROPS),
        ),
        do=_fail,
        python=_fail_python,
        button="Set",
    ),
    WorldAction(
        name="world.clear",
        title="Clear all faults",
        do=_clear,
        python=_plain("server.faults.clear()"),
        button="Clear",
    ),
    WorldAction(
        name="world.fire",
        title="Fire a webhook",
        about="An event about what is in the world now, signed and sent to the urls of --webhook.",
        form=(
            Input(
                name="event", label="Event", kind="choice", value="room_started", choices=_NAMES
            ),
            Input(name="room", label="Room", kind="text"),
            Input(name="identity", label="Participant", kind="text"),
        ),
        do=_fire,
        python=_fire_python,
        button="Fire",
    ),
    WorldAction(
        name="world.save",
        title="Save a snapshot",
        about="The whole state as JSON. It contains the passwords of trunks.",
        do=_save,
        python=_plain(
            "from lkapi.devserver import write_snapshot\n\n"
            'write_snapshot("world.json", world.snapshot())'
        ),
        button="Save",
    ),
    WorldAction(
        name="world.load",
        title="Load a snapshot",
        form=(Input(name="snapshot", label="Snapshot", kind="json", required=True),),
        do=_load,
        python=_plain(
            "from lkapi.devserver import read_snapshot\n\n"
            'world.restore(read_snapshot("world.json"))'
        ),
        button="Load",
        destroys=True,
        loses="Replaces everything that is in the world now.",
    ),
)  # fmt: skip
"""Actions on the world as a whole."""
