"""A world as a JSON value and as a file: what comes back is the same world."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lkapi.devserver import (
    Ids,
    SnapshotError,
    VirtualClock,
    Webhooks,
    World,
    read_snapshot,
    write_snapshot,
)
from lkapi.devserver.runtime.runtime import Runtime
from lkapi.devserver.snapshots import files
from lkapi.devserver.snapshots.values import Saved
from lkapi.protocol.models import DisconnectReason
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import WebhookReceiver, WebhookVerifier
from tests.devserver.calls import START, Server
from tests.devserver.random_worlds import Driver, answers
from tests.devserver.service_calls import ServiceServer
from tests.devserver.tokens import KEYS


def twin_of(server: ServiceServer, profile: str = "cloud") -> ServiceServer:
    """A server that was stopped and started again, at the same moment."""
    twin = ServiceServer(profile)
    twin.world.restore(json.loads(json.dumps(server.world.snapshot())))
    return twin


@pytest.mark.parametrize("seed", range(12))
def test_both_answer_every_question_alike(seed: int) -> None:
    """After random calls, at once and after the same further calls, ids of new things included."""
    server = ServiceServer("cloud")
    driver = Driver(server, seed)
    driver.furnish()
    driver.drive(60)
    twin = twin_of(server)
    assert answers(twin) == answers(server)
    follower = Driver(twin, seed)
    follower.random.setstate(driver.random.getstate())
    follower.ids = driver.ids
    # a participant's methods for remote calls are Python functions: the one thing not kept
    for participant in driver.server.world.rooms.values():
        for who in participant.participants.values():
            who.rpc_methods.clear()
    assert follower.drive(60) == driver.drive(60)
    assert answers(twin) == answers(server)
    assert twin.world.snapshot() == server.world.snapshot()


def test_every_part_of_a_world_is_in_its_snapshot() -> None:
    """A new part of the world has to say what of it is kept: nothing is forgotten in silence."""
    world = World()
    kept = set(world.snapshot()["world"])
    shared = {*vars(Runtime(world.config, world.clock, world.ids))} - {"node_id", "ids"}
    parts = {"rooms" if name == "room_manager" else name for name in vars(world)}
    assert parts - shared - {"events"} == kept


def test_ids_stay_unique_after_a_restart() -> None:
    """A seeded source goes on where it was; without that a restart would give the same ids."""
    server = Server()
    first = server.call("CreateRoom", {"name": "a"})[1]["sid"]
    again = Server()
    again.world.restore(server.world.snapshot())
    second = again.call("CreateRoom", {"name": "b"})[1]["sid"]
    assert first != second
    assert second == server.call("CreateRoom", {"name": "b"})[1]["sid"]


def test_a_random_source_of_ids_needs_no_state() -> None:
    """A snapshot of either kind is read by a world of either kind."""
    for before, after in ((Ids(), Ids(1)), (Ids(1), Ids())):
        world = World(ids=before)
        world.create_room(CreateRoomRequest(name="r"))
        copy = World(ids=after)
        copy.restore(world.snapshot())
        sids = {room.info.sid for room in copy.rooms.values()}
        assert copy.create_room(CreateRoomRequest(name="s"))[0].info.sid not in sids


def test_participants_act_in_the_world_that_was_read() -> None:
    """Handles found in it publish and leave, with events; a forwarded copy leaves with them."""
    server = ServiceServer("cloud")
    server.join("ann", "demo")
    server.get(
        "RoomService/ForwardParticipant",
        {"room": "demo", "identity": "ann", "destination_room": "other"},
    )
    twin = twin_of(server)
    ann = twin.world.find_participant("demo", "ann")
    assert ann is not None
    ann.publish("mic")
    ann.leave()
    assert twin.world.find_participant("other", "ann") is None
    assert twin.world.events.names() == [
        *("track_published", "track_unpublished", "participant_left", "participant_left")
    ]


def test_a_call_that_rings_goes_on_ringing() -> None:
    """It is answered when it would have been; what was due meanwhile has happened."""
    server = ServiceServer("cloud")
    server.world.callees.answers("+14155550100", after=30)
    outbound = {"trunk": {"address": "sip.example.com", "numbers": ["+14155550199"]}}
    trunk = server.get("SIP/CreateSIPOutboundTrunk", outbound)["sip_trunk_id"]
    call = {"sip_trunk_id": trunk, "sip_call_to": "+14155550100", "room_name": "demo"}
    call_id = server.get("SIP/CreateSIPParticipant", call)["sip_call_id"]
    twin = twin_of(server)
    placed = twin.world.calls.find(call_id)
    assert placed is not None
    assert placed.status == "dialing"
    twin.clock.advance(31)
    assert twin.world.calls.all()[0].status == "active"


def test_rooms_whose_time_passed_meanwhile_are_closed() -> None:
    """Time goes on while nothing runs: the room ended when its timeout did."""
    server = Server()
    server.call("CreateRoom", {"name": "brief", "empty_timeout": 60})
    snapshot = server.world.snapshot()
    later = Server()
    later.clock.advance(3600)
    later.world.restore(snapshot)
    assert later.world.rooms == {}
    (finished,) = later.world.events.all()
    assert (finished.event, finished.created_at) == ("room_finished", int(START) + 60)


def test_time_does_not_run_backwards() -> None:
    """A clock behind the snapshot is advanced to its time."""
    server = Server()
    server.clock.advance(500)
    snapshot = server.world.snapshot()
    world = World(clock=VirtualClock(START))
    world.restore(snapshot)
    assert world.clock.now() == START + 500


def test_what_is_not_understood_changes_nothing() -> None:
    """Each value that is broken is named by its path, and the world is as it was."""
    server = ServiceServer("cloud")
    driver = Driver(server, 3)
    driver.furnish()
    driver.drive(40)
    snapshot = server.world.snapshot()
    untouched = ServiceServer("cloud")
    Driver(untouched, 5).furnish()
    before = untouched.world.snapshot()
    broken = 0
    for path in every_path(snapshot["world"]):
        if spare(path):
            continue
        damaged = json.loads(json.dumps(snapshot))
        place: Any = damaged["world"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = {"not": "this"}
        with pytest.raises(SnapshotError, match=r"^snapshot\.world\."):
            untouched.world.restore(damaged)
        broken += 1
    assert broken > 200
    assert untouched.world.snapshot() == before


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of each part of a JSON value; of long lists the first few items."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value[:3])
    found: list[tuple[Any, ...]] = []
    for name, item in pairs:
        found.append((*path, name))
        if isinstance(item, (dict, list)):
            found += every_path(item, (*path, name))
    return found


def spare(path: tuple[Any, ...]) -> bool:
    """Claims of tokens hold any JSON, and an object may stand for an object of texts."""
    claims = "groups" in path or "top" in path
    return claims or path[-1] in ("attributes", "participants", "numbers")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "written by a newer version of lkapi .snapshot version 2"),
        ({"version": "1"}, r"version: must be a whole number"),
        ({"format": "other"}, "not a snapshot"),
        ({"saved_at": None}, "saved_at: must be a number"),
        ({"world": {}}, "'node_id' is missing"),
    ],
)
def test_the_outermost_object_is_checked(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        World().restore({**World().snapshot(), **change})


def test_a_reference_to_nobody_is_an_error() -> None:
    server = Server()
    server.join("ann")
    snapshot = server.world.snapshot()
    snapshot["world"]["rooms"]["open"][0]["participants"] = ["PA_nobody"]
    with pytest.raises(SnapshotError, match=r"rooms\.open\[0\]\.participants\[0\]: refers"):
        World().restore(snapshot)
    snapshot = server.world.snapshot()
    snapshot["world"]["rooms"]["participants"][0]["room"] = "RM_none"
    with pytest.raises(SnapshotError, match=r"participants\[0\]\.room: refers to a room"):
        World().restore(snapshot)


def test_what_was_cut_out_of_a_snapshot_is_named() -> None:
    """Bytes of a message, and the parts of a stay in a session."""
    server = ServiceServer("cloud")
    Driver(server, 1).furnish()
    whole = json.dumps(server.world.snapshot())
    snapshot = json.loads(whole)
    stays = snapshot["world"]["sessions"][0]["participants"]["ann"]["stays"]
    stays[0] = stays[0][:2]
    with pytest.raises(SnapshotError, match=r"stays\[0\]: must be a sid and two times"):
        World().restore(snapshot)
    saved = Saved(base64.b64encode(b"\xff\xff").decode(), "snapshot.world.egress")
    with pytest.raises(SnapshotError, match=r"^snapshot\.world\.egress: is not a WebhookEvent"):
        saved.message(WebhookEvent)


def test_disconnect_reasons_of_the_future_are_kept() -> None:
    """A number without a name stays a number."""
    server = ServiceServer("cloud")
    server.world.callees.answers("+14155550100")
    Driver(server, 1).furnish()
    call = server.world.calls.all()[0]
    server.world.disconnect(call.participant, 999)  # type: ignore[arg-type]
    twin = twin_of(server)
    assert twin.world.calls.all()[0].participant.disconnect_reason == 999
    server.world.close_room("demo", DisconnectReason.ROOM_DELETED)
    assert answers(twin_of(server)) == answers(server)


# files


def test_a_file_is_written_whole_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    assert read_snapshot(path) is None
    server = Server()
    server.join("ann")
    write_snapshot(path, server.world.snapshot())
    assert read_snapshot(path) == server.world.snapshot()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["world.json"]


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "world.json"
    write_snapshot(path, World().snapshot())
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(SnapshotError, match=r"cannot write .*world\.json: No space left"):
        write_snapshot(path, World().snapshot())
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["world.json"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"cannot write .*No such file"):
        write_snapshot(tmp_path / "no" / "world.json", World().snapshot())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b'{"format":"lkapi wor', "cut off"),
        (b"\xff\xfe\x00", "it is not text"),
        (b"rooms: []", "not JSON"),
        (b"[1]", "not a snapshot"),
        (b'{"rooms": []}', "not a snapshot"),
    ],
)
def test_foreign_files_are_refused_and_left(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "world.json"
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match=why) as caught:
        read_snapshot(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=f"cannot read {tmp_path}: Is a directory"):
        read_snapshot(tmp_path)
    assert os.name == "posix"


# webhooks


def test_webhooks_that_wait_are_sent_after_a_restart() -> None:
    """The same events in the same order, signed again; a failed attempt counts."""
    server = Server(webhooks=["http://hook.test/a"])
    failing = Webhooks(server.world, post=lambda url, headers, body: 503)
    server.call("CreateRoom", {"name": "demo"})
    server.join("ann", "demo")
    failing.sender.skip_waits()
    failing.sender._deliver_due(failing.sender._post_one)
    saved = json.loads(json.dumps(failing.save()))
    assert [each["attempts"] for each in saved] == [1, 0]
    assert "secret" not in json.dumps(saved)
    assert "signed" not in json.dumps(saved)

    posted: list[WebhookEvent] = []

    def receive(_url: str, headers: Mapping[str, str], body: bytes) -> int:
        verifier = WebhookVerifier(keys=KEYS, clock=later.clock.now)
        receiver = WebhookReceiver(verifier)
        posted.append(receiver.receive(body, headers["Authorization"]))
        return 200

    later = Server(webhooks=["http://hook.test/a"])
    later.clock.advance(3600)
    webhooks = Webhooks(later.world, post=receive)
    webhooks.load(Saved(saved, "file.webhooks"))
    webhooks.flush()
    assert [event.event for event in posted] == ["room_started", "participant_joined"]
    assert [event.id for event in posted] == [event.id for event in server.world.events.all()]
    assert webhooks.dropped == 0


def test_webhooks_without_their_key_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing can sign them: that is said, and the others are sent."""
    server = Server(webhooks=["http://hook.test/a"])
    webhooks = Webhooks(server.world, post=lambda url, headers, body: 200)
    server.call("CreateRoom", {"name": "demo"})
    saved = webhooks.save()
    webhooks.flush()
    webhooks.load(Saved([{**saved[0], "api_key": "gone"}, *saved], "x"))
    assert webhooks.pending == 1
    assert "1 webhooks of the snapshot are not sent" in caplog.text
    with pytest.raises(SnapshotError, match=r"x\[0\]: 'age' is missing|x\[0\]"):
        webhooks.load(Saved([{"api_key": "devkey"}], "x"))


def test_an_agent_job_goes_on_without_its_worker() -> None:
    """Its agent may leave, the job ends for the dispatch too, and no further job is offered."""
    server = ServiceServer("cloud")
    server.world.agents.register("bot")
    server.get("AgentDispatchService/CreateDispatch", {"room": "demo", "agent_name": "bot"})
    twin = twin_of(server)
    (job,) = twin.world.agents.jobs()
    assert job.running
    assert job.participant is not None
    job.participant.leave()
    listed = twin.get("AgentDispatchService/ListDispatch", {"room": "demo"})
    (state,) = [found["state"] for found in listed["agent_dispatches"][-1]["state"]["jobs"]]
    assert (state["status"], state["error"]) == ("JS_FAILED", "agent worker left the room")
    twin.get("AgentDispatchService/CreateDispatch", {"room": "demo", "agent_name": "bot"})
    assert len(twin.world.agents.jobs()) == 1


def test_the_progress_of_transfers_is_kept() -> None:
    """A call has after a restart what it had before."""
    server = ServiceServer("cloud")
    trunk = server.get(
        "SIP/CreateSIPOutboundTrunk",
        {"trunk": {"address": "sip.example.com", "numbers": ["+14155550199"]}},
    )
    call = {"sip_trunk_id": trunk["sip_trunk_id"], "sip_call_to": "+14155550100"}
    call |= {"room_name": "demo", "participant_identity": "phone", "wait_until_answered": True}
    server.get("SIP/CreateSIPParticipant", call)
    server.get(
        "SIP/TransferSIPParticipant",
        {"room_name": "demo", "participant_identity": "phone", "transfer_to": "tel:+12125550101"},
    )
    (before,), (after,) = server.world.calls.all(), twin_of(server).world.calls.all()
    assert len(before.transfers) == 1
    assert after.transfers == before.transfers
