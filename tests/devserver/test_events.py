"""Events have the shape of the webhooks that a real server sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lkapi.devserver import World
from lkapi.protocol.models import ClientInfo, DisconnectReason
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.webhook import WebhookEvent
from tests.devserver.calls import Server

FOLDER = Path(__file__).parent.parent / "vectors" / "webhooks"
CAPABILITIES = (
    ClientInfo.Capability.CAP_PACKET_TRAILER,
    ClientInfo.Capability.CAP_COMPRESSION_DEFLATE_RAW,
)
COUNTS = {"numParticipants", "numPublishers"}
"""Counts lag behind on the real server, so that they are there or not by chance."""


def recorded(event: str, room: str) -> dict[str, Any]:
    """The body of a delivery of the recording with real participants."""
    deliveries = json.loads((FOLDER / f"{event}.json").read_text(encoding="utf-8"))["deliveries"]
    bodies = [json.loads(delivery["body_text"]) for delivery in deliveries]
    return next(body for body in bodies if body["room"].get("name", "").startswith(room))


def shape(value: Any) -> Any:
    """Names and types of a body; texts that are numbers stay apart from others."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if name not in COUNTS}
        return {n: "map" if n == "attributes" else shape(item) for n, item in kept.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, str):
        return "digits" if value.isdigit() else "text"
    return type(value).__name__


@pytest.fixture
def events() -> dict[str, dict[str, Any]]:
    """One event of each kind, from a visit like the recorded one."""
    server = Server(count_delay=5.0)
    server.call("CreateRoom", {"name": "vec", "departure_timeout": 1})
    ann = server.world.join(
        server.token(
            "ann",
            name="Ann",
            metadata="am",
            attributes={"a": "1", "b": "2"},
            video={"roomJoin": True, "room": "vec", "canUpdateOwnMetadata": True},
        ),
        client_protocol=2,
        capabilities=CAPABILITIES,
    )
    track = ann.publish("mic", mid="7")
    ann.unpublish(track.sid)
    server.clock.advance(1)
    server.call("UpdateRoomMetadata", {"room": "vec", "metadata": "for all"})
    ann.leave(DisconnectReason.PARTICIPANT_REMOVED)
    server.join("bob", "vec", active=False).leave(DisconnectReason.PARTICIPANT_REMOVED)
    server.world.close_room("vec")
    return {event.event: event.to_dict() for event in server.world.events.all()}


@pytest.mark.parametrize(
    ("event", "room"),
    [
        ("room_started", "vec-wk"),
        ("room_finished", "vec-part-unmute"),
        ("participant_joined", "vec-part-pb"),
        ("participant_left", "vec-part-js"),
        ("participant_connection_aborted", "vec-part-unmute"),
        ("track_published", "vec-part-pb"),
        ("track_unpublished", "vec-part-unmute"),
    ],
)
def test_payload_has_the_recorded_shape(
    events: dict[str, dict[str, Any]], event: str, room: str
) -> None:
    """54 to 56: the same fields of the same types."""
    assert shape(events[event]) == shape(recorded(event, room))


def test_listeners_hear_in_order_until_they_leave() -> None:
    """Each event once, in order; nothing after the listener left."""
    world = World()
    heard: list[str] = []
    leave = world.events.listen(lambda event: heard.append(event.event))
    world.create_room(CreateRoomRequest(name="a"))
    world.close_room("a")
    leave()
    world.create_room(CreateRoomRequest(name="b"))
    assert heard == ["room_started", "room_finished"]
    ids = [event.id for event in world.events.all()]
    assert len(set(ids)) == 3


def test_listeners_hear_causes_before_effects() -> None:
    """What a listener causes is told after the event itself, to listeners before and after it."""
    world = World()
    heard: list[str] = []

    def cause(event: WebhookEvent) -> None:
        if event.event == "room_started":
            world.events.emit(WebhookEvent(event="caused"))

    world.events.listen(cause)
    leave = world.events.listen(lambda event: heard.append(event.event))
    world.create_room(CreateRoomRequest(name="a"))
    assert heard == world.events.names() == ["room_started", "caused"]
    leave()
    leave()


def test_a_failing_listener_does_not_stop_later_events() -> None:
    """Its exception comes out once; what it had not told yet is told before the next event."""
    world = World()
    heard: list[str] = []

    def fail(event: WebhookEvent) -> None:
        if event.event == "first":
            world.events.emit(WebhookEvent(event="second"))
            raise ValueError("on purpose")

    world.events.listen(fail)
    world.events.listen(lambda event: heard.append(event.event))
    with pytest.raises(ValueError, match="on purpose"):
        world.events.emit(WebhookEvent(event="first"))
    world.events.emit(WebhookEvent(event="third"))
    assert heard == ["second", "third"]
