"""The bodies that an embedded server sends, beside those that a real server sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lkapi.protocol.models import DisconnectReason
from lkapi.webhook import EVENT_NAMES
from tests.devserver.inboxes import Inbox
from tests.devserver.service_calls import ServiceServer
from tests.devserver.test_events import CAPABILITIES, shape

FOLDER = Path(__file__).parent.parent / "vectors" / "webhooks"
RECORDED = sorted(path.stem for path in FOLDER.glob("*_*.json") if path.stem != "_delivery")
NEVER = {"agent_job_started", "agent_job_ended"}
"""Events of agent jobs: no agent runs in an embedded server."""

COMPOSITE = {
    "room_name": "vec",
    "layout": "grid",
    "file_outputs": [{"file_type": "MP4", "filepath": "a.mp4"}],
}
WEB = {
    "url": "https://example.com",
    "segment_outputs": [{"filename_prefix": "s", "playlist_name": "p.m3u8"}],
}
PULLED = {
    "input_type": "URL_INPUT",
    "url": "https://example.com/a.mp4?q=1 2",
    "name": "u",
    "room_name": "vec",
    "participant_identity": "p",
}


def recorded(event: str) -> list[dict[str, Any]]:
    """The bodies of an event that a real server sent."""
    deliveries = json.loads((FOLDER / f"{event}.json").read_text(encoding="utf-8"))["deliveries"]
    return [json.loads(delivery["body_text"]) for delivery in deliveries]


def visit(server: ServiceServer) -> None:
    """What the recorded participants did."""
    server.call("CreateRoom", {"name": "vec", "departure_timeout": 60})
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
    ann.unpublish(ann.publish("mic", mid="7").sid)
    server.clock.advance(1)
    server.call("UpdateRoomMetadata", {"room": "vec", "metadata": "for all"})
    ann.leave(DisconnectReason.PARTICIPANT_REMOVED)
    server.join("bob", "vec", active=False).leave(DisconnectReason.PARTICIPANT_REMOVED)


def record(server: ServiceServer) -> None:
    """Two egresses through their life, as recorded."""
    server.world.egresses.recorder_joins = False
    for method, request in (("StartRoomCompositeEgress", COMPOSITE), ("StartWebEgress", WEB)):
        egress_id = server.get(f"Egress/{method}", request)["egress_id"]
        server.clock.advance(5)
        server.get("Egress/StopEgress", {"egress_id": egress_id})
        server.clock.advance(5)


def pull(server: ServiceServer) -> None:
    """A URL comes in and ends."""
    ingress_id = server.get("Ingress/CreateIngress", PULLED)["ingress_id"]
    server.clock.advance(5)
    server.world.ingresses.all()
    server.world.ingresses.end(ingress_id)


@pytest.fixture(scope="module")
def delivered() -> list[dict[str, Any]]:
    """The bodies of everything that a world can tell of, each of them verified."""
    server = ServiceServer("self-hosted", egress_worker=True, ingress_worker=True, count_delay=5.0)
    inbox = Inbox()
    hooks = server.world.events.deliver_to(inbox.post)
    visit(server)
    record(server)
    pull(server)
    server.world.close_room("vec")
    server.clock.advance(1)
    hooks.flush()
    assert len(inbox.verified(server)) == len(inbox.posts) == len(server.world.events.all())
    return inbox.bodies()


def first(bodies: list[dict[str, Any]], event: str, **info: str) -> dict[str, Any]:
    """The first body of an event, of the egress with these fields if any are given."""
    found = [body for body in bodies if body["event"] == event]
    for name, value in info.items():
        found = [body for body in found if body["egressInfo"].get(name) == value]
    return found[0]


def test_every_recorded_event_is_delivered(delivered: list[dict[str, Any]]) -> None:
    """12 kinds were recorded; a world without agents can produce all of them, and no other."""
    assert len(RECORDED) == 12
    assert {body["event"] for body in delivered} == set(RECORDED) == EVENT_NAMES - NEVER


@pytest.mark.parametrize("event", [name for name in RECORDED if "gress" not in name])
def test_room_events_have_the_recorded_shape(delivered: list[dict[str, Any]], event: str) -> None:
    """55: the same members, and no others, of the same types, as of one recorded body."""
    assert shape(first(delivered, event)) in [shape(body) for body in recorded(event)]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("egress_started", None),
        ("egress_updated", "EGRESS_ACTIVE"),
        ("egress_updated", "EGRESS_ENDING"),
        ("egress_ended", "EGRESS_COMPLETE"),
    ],
)
def test_egress_events_have_the_recorded_shape(
    delivered: list[dict[str, Any]], event: str, status: str | None
) -> None:
    """The room by sid and name, the egress in full, 64-bit numbers as texts."""
    kind = {"roomName": "vec"} if status is None else {"roomName": "vec", "status": status}
    ours = first(delivered, event, **kind)
    composite = [body for body in recorded(event) if "roomComposite" in body["egressInfo"]]
    theirs = next(body for body in composite if body["egressInfo"].get("status") == status)
    assert shape(ours) == shape(theirs)


def test_an_egress_of_a_web_page_has_an_empty_room(delivered: list[dict[str, Any]]) -> None:
    """Recorded: the member ``room`` is there, with nothing in it."""
    ours = next(body for body in delivered if "web" in body.get("egressInfo", {}))
    theirs = next(body for body in recorded("egress_started") if "web" in body["egressInfo"])
    assert ours["room"] == theirs["room"] == {}
    assert shape(ours) == shape(theirs)


@pytest.mark.parametrize("event", ["ingress_started", "ingress_ended"])
def test_ingress_events_have_the_recorded_shape(
    delivered: list[dict[str, Any]], event: str
) -> None:
    """The room by name alone; a worker may say more in the state than the recorded stand-in."""
    ours, theirs = shape(first(delivered, event)), shape(recorded(event)[0])
    state, known = ours["ingressInfo"].pop("state"), theirs["ingressInfo"].pop("state")
    assert ours == theirs
    assert known.items() <= state.items()
    assert set(state) - set(known) <= {"tracks", "endedAt"}


def test_names_and_numbers_are_written_as_recorded(delivered: list[dict[str, Any]]) -> None:
    """55: camelCase, no defaults, whole seconds and nanoseconds as decimal texts."""
    for body in delivered:
        assert re.fullmatch(r"EV_\w+", body["id"])
        assert body["createdAt"].isdigit()
        for name, value in _members(body):
            assert "_" not in name, name
            assert value not in (0, "", False, None, []), name
    published = first(delivered, "track_published")
    assert set(published["room"]) == {"sid", "name"}
    assert set(published["participant"]) == {"sid", "identity"}
    assert "type" not in published["track"]


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [pair for item in value for pair in _members(item)]
    if not isinstance(value, dict):
        return []
    own = [(name, item) for name, item in value.items() if name != "attributes"]
    return own + [pair for _, item in own for pair in _members(item)]
