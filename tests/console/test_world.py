"""The pages of ``lkapi dev``: the world is played with, and what reaches it is told."""

from __future__ import annotations

import json

import pytest

import lkapi
from lkapi.console.pages import all_pages
from lkapi.devserver import InProcessTransport
from lkapi.transports import Request
from tests.console.stages import join, text_of

NAMES = {a.name for page in all_pages() if page.name == "world" for a in page.actions}


def client(dev, secret="secret") -> lkapi.SyncLiveKitAPI:
    transport = InProcessTransport(dev.server)
    return lkapi.SyncLiveKitAPI("http://x", "devkey", secret, transport=transport)


def test_people_join_publish_and_leave(dev):
    done = dev.do(
        "world.join", room="demo", identity="ann", kind="agent", publishes="both", name="Ann"
    )
    assert done.status_code == 200, done.text
    ann = dev.world.find_participant("demo", "ann")
    assert [track.source.name for track in ann.tracks] == ["MICROPHONE", "CAMERA"]
    assert (ann.info.name, ann.info.kind.name) == ("Ann", "AGENT")
    assert (
        dev.do("world.publish", room="demo", identity="ann", source="screen_share").status_code
        == 200
    )
    assert len(ann.tracks) == 3
    dev.do("world.unpublish", room="demo", identity="ann", track_sid=ann.tracks[0].sid)
    assert len(ann.tracks) == 2
    page = dev.get("/world").text
    assert "ann" in page
    assert "screen share" in page
    assert dev.do("world.leave", room="demo", identity="ann").status_code == 200
    assert not ann.connected
    gone = dev.do("world.leave", room="demo", identity="ann")
    assert gone.status_code == 422
    assert "there is no participant" in gone.text


def test_a_kind_of_participant_that_does_not_exist_is_refused(dev):
    refused = dev.do("world.join", room="demo", identity="ann", kind="boss")
    assert refused.status_code == 422
    assert "there is no kind" in refused.text
    assert dev.world.find_participant("demo", "ann") is None


def test_how_a_number_behaves_is_set_and_unknown_behaviour_refused(dev):
    assert dev.do("world.callee", number="+1", manner="busy", after="3s").status_code == 200
    assert dev.do("world.callee", number="+2", manner="unknown").status_code == 200
    refused = dev.do("world.callee", number="+1", manner="sleeps")
    assert refused.status_code == 422
    assert "there is no behaviour" in refused.text


def test_one_who_may_not_publish_is_refused(dev):
    dev.do("world.join", room="demo", identity="ann", publishes="no")
    refused = dev.do("world.publish", room="demo", identity="ann", source="camera")
    assert refused.status_code == 422
    assert "Not possible" in refused.text


def test_calls_ring_are_answered_and_declined(dev):
    dev.do("world.callee", number="+14155550101", manner="no_answer")
    api = client(dev)
    trunk = api.sip.create_outbound_trunk(
        trunk={"name": "t", "address": "sip.example.com", "numbers": ["+14155550199"]}
    )
    for identity in ("first", "second"):
        api.sip.create_sip_participant(
            sip_trunk_id=trunk.sip_trunk_id, sip_call_to="+14155550101", room_name="desk",
            participant_identity=identity,
        )  # fmt: skip
    first, second = dev.world.calls.all()
    assert {first.status, second.status} == {"dialing"}
    assert "Answer" in dev.get("/world").text
    assert dev.do("world.call.answer", call_id=first.call_id).status_code == 200
    assert first.active
    assert dev.do("world.call.decline", call_id=second.call_id).status_code == 200
    assert not second.participant.connected
    assert second.participant.disconnect_reason == lkapi.DisconnectReason.USER_REJECTED
    assert dev.do("world.call.answer", call_id=second.call_id).status_code == 200
    assert not second.active
    assert dev.do("world.call.hang_up", call_id=first.call_id).status_code == 200
    assert not first.participant.connected
    assert dev.do("world.call.hang_up", call_id="SCL_none").status_code == 422


def test_a_call_from_outside_meets_a_rule_or_is_refused(dev):
    refused = dev.do("world.take", caller="+12125550100", called="+14155550111")
    assert "no SIP dispatch rule matches the call" in refused.text
    api = client(dev)
    api.sip.create_inbound_trunk(trunk={"name": "in", "numbers": ["+14155550111"]})
    api.sip.create_dispatch_rule(
        dispatch_rule={"rule": {"dispatch_rule_direct": {"room_name": "desk"}}}
    )
    assert "in room desk" in dev.do("world.take", caller="+12125550100", called="+14155550111").text


def test_egress_goes_on_and_fails(dev):
    join(dev.world, "demo", "ann")
    dev.world.egresses.starts_after = dev.world.egresses.ends_after = None
    api = client(dev)
    ids = [
        api.egress.start_room_composite_egress(
            room_name="demo", file_outputs=[{"filepath": "x.mp4", "s3": {"bucket": "takes"}}]
        ).egress_id
        for _ in range(4)
    ]
    for egress_id in ids:
        assert dev.do("world.egress.activate", egress_id=egress_id).status_code == 200
    dev.do("world.egress.complete", egress_id=ids[0])
    dev.do("world.egress.fail", egress_id=ids[1], error="no space")
    dev.do("world.egress.abort", egress_id=ids[2])
    dev.do("world.egress.limit", egress_id=ids[3])
    found = {one.egress_id: one for one in dev.world.egresses.all()}
    assert [found[one].status.name.removeprefix("EGRESS_") for one in ids] == [
        "COMPLETE", "FAILED", "ABORTED", "LIMIT_REACHED",
    ]  # fmt: skip
    assert found[ids[1]].error == "no space"


def test_ingress_starts_and_ends(dev):
    api = client(dev)
    made = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT, name="studio", room_name="demo",
        participant_identity="obs",
    )  # fmt: skip
    assert dev.do("world.ingress.start", ingress_id=made.ingress_id).status_code == 200
    assert dev.world.find_participant("demo", "obs") is not None
    assert dev.do("world.ingress.end", ingress_id=made.ingress_id).status_code == 200


def test_faults_are_for_clients_and_not_for_the_console(dev):
    assert dev.do("world.fault", method="CreateRoom", status="503", times="9").status_code == 200
    assert "HTTP 503" in dev.get("/world").text
    with pytest.raises(lkapi.UnavailableError):
        client(dev).room.create_room(name="x")
    dev.do("world.clear")
    dev.do("world.fault", method="CreateRoom", status="409", message="that name is taken")
    with pytest.raises(lkapi.LiveKitError, match="that name is taken"):
        client(dev).room.create_room(name="x")
    assert dev.do("room.create", name="x").status_code == 200
    assert dev.do("world.clear").status_code == 200
    assert dev.server.faults.pending == ()
    for form in (
        {"status": "99"},
        {"status": "x"},
        {"times": "3"},
        {"status": "503", "times": "x"},
    ):
        assert dev.do("world.fault", **form).status_code == 422, form


def test_the_clock_moves(dev):
    dev.do("room.create", name="demo", empty_timeout="1m")
    assert dev.do("world.advance", by="30s").status_code == 200
    assert "demo" in dev.world.rooms
    assert dev.do("world.advance", by="31s").status_code == 200
    assert "demo" not in dev.world.rooms
    assert dev.do("world.advance", by="soon").status_code == 422


def test_any_webhook_is_fired(dev):
    join(dev.world, "demo", "ann")
    for name in ("room_finished", "track_published", "egress_ended", "ingress_started"):
        assert dev.do("world.fire", event=name, room="demo", identity="ann").status_code == 200
        event = dev.world.events.all()[-1]
        assert (event.event, event.room.name, event.participant.identity) == (name, "demo", "ann")
    dev.do("world.fire", event="room_finished", room="of another time", identity="zoe")
    event = dev.world.events.all()[-1]
    assert (event.room.name, event.participant.identity) == ("of another time", "zoe")


def test_snapshots_bring_the_world_back(dev):
    join(dev.world, "demo", "ann")
    saved = dev.do("world.save")
    text = text_of(saved.text)
    snapshot = text[text.index('{"format"') : text.rindex("}") + 1]
    assert json.loads(snapshot)["format"]
    plain = dev.client.post("/do/world.save", headers={"x-csrf-token": dev.csrf})
    assert "<html" in plain.text
    assert snapshot[:40] in text_of(plain.text)
    dev.do("room.delete", room="demo")
    assert dev.do("world.load", snapshot=json.dumps(dev.world.snapshot())).status_code == 200
    assert dev.do("world.load", snapshot=snapshot).status_code == 200
    assert dev.world.find_participant("demo", "ann") is not None
    for bad in ("{", "[]", "{}", '{"format": "x"}'):
        assert dev.do("world.load", snapshot=bad).status_code == 422, bad


def test_each_request_is_told_and_each_refusal_explained(dev):
    client(dev).room.create_room(name="demo")
    with pytest.raises(lkapi.UnauthenticatedError):
        client(dev, "wrong").room.list_rooms()
    with pytest.raises(lkapi.NotFoundError):
        client(dev).room.delete_room(room="nothing")
    dev.server.faults.fail(9, method="UpdateRoomMetadata", drop="before")
    with pytest.raises(lkapi.LiveKitError), lkapi.without_waits():
        client(dev).room.update_room_metadata(room="demo", metadata="x")
    dev.server.exchange(Request("GET", "/nowhere", {}))
    dev.do("room.create", name="by the console")
    page = text_of(dev.get("/requests").text)
    assert "RoomService/CreateRoom" in page
    assert "by the console" not in page
    assert "signed with another secret" in page
    assert "does not exist now" in page
    assert "A simulated fault closed the connection." in page
    assert "There is nothing at this path." in page
    refused = text_of(dev.get("/requests", refused="on").text)
    assert "CreateRoom" not in refused
    assert "DeleteRoom" in dev.get("/requests", q="deleteroom").text
    assert "No request matches" in dev.get("/requests", q="nonsense").text


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_form_opens_and_says_what_it_needs(dev, name):
    page = dev.get(f"/do/{name}")
    assert page.status_code == 200
    assert "The same as code" in page.text


def test_python_of_the_world_runs(dev):
    ann = join(dev.world, "demo", "ann")
    started = client(dev).egress.start_web_egress(
        url="https://example.com", file_outputs=[{"filepath": "x.mp4", "s3": {"bucket": "takes"}}]
    )
    forms = {
        "world.join": {
            "room": "demo", "identity": "bob", "publishes": "no", "hidden": "on", "kind": "agent",
        },
        "world.publish": {"room": "demo", "identity": "ann", "source": "camera"},
        "world.unpublish": {"room": "demo", "identity": "ann", "track_sid": ann.tracks[0].sid},
        "world.callee": {"number": "+1", "manner": "busy", "after": "3s"},
        "world.advance": {"by": "1m"},
        "world.fault": {"status": "503", "times": "1", "drop": "after", "delay": "1s"},
        "world.clear": {},
        "world.fire": {"event": "room_started", "room": "demo", "identity": "ann"},
        "world.leave": {"room": "demo", "identity": "ann"},
        "world.egress.fail": {"egress_id": started.egress_id, "error": 'no "space"'},
    }  # fmt: skip
    for name, form in forms.items():
        code = dev.app._frame.actions[name].python(form)
        made = code.replace("lkapi.AccessToken(\n", 'lkapi.AccessToken("devkey", "secret",\n')
        exec(made, {"world": dev.world, "server": dev.server})
    bob = dev.world.find_participant("demo", "bob").info
    assert bob.permission.hidden
    assert (bob.permission.can_publish, bob.kind.name) == (False, "AGENT")
    assert dev.world.egresses.find(started.egress_id).info.error == 'no "space"'
    assert not ann.connected
