"""The pages of rooms and participants, and each of their actions."""

from __future__ import annotations

import pytest

import lkapi
from lkapi.devserver import DevServer, World
from tests.console.stages import NASTY, join, playing, text_of


def test_the_list_is_searched_sorted_and_cut_in_the_server():
    world = World()
    for number in range(120):
        world.create_room(lkapi.CreateRoomRequest(name=f"room-{number:03}", empty_timeout=9999))
    join(world, "room-077", "ann")
    with playing(server=DevServer(world)) as player:
        first = player.get("/rooms", sort="name").text
        assert "room-000" in first
        assert "room-050" not in first
        assert "1\N{EN DASH}50 of 120" in first
        assert "room-119" in player.get("/rooms", sort="-name").text
        assert "room-100" in player.get("/rooms", sort="name", p="3").text
        found = player.get("/rooms", q="ROOM-07", sort="-people").text
        assert "1\N{EN DASH}10 of 10 (of 120 in all)" in text_of(found)
        assert found.index("room-077") < found.index("room-070")
        assert "No room matches" in player.get("/rooms", q="nothing").text
        assert player.get("/rooms", sort="nonsense", p="999").status_code == 200


def test_a_live_region_is_fetched_alone(console):
    console.do("room.create", name="demo")
    part = console.part("/rooms", "table").text
    assert "demo" in part
    assert "<html" not in part
    assert "<h1" not in part
    assert 'hx-get="/rooms?part=table"' in console.get("/rooms").text


def test_room_and_participant_are_shown(console):
    join(
        console.world, "demo", "ann", name="Ann", metadata="about ann", attributes={"team": "blue"}
    )
    page = console.get("/room", name="demo").text
    assert "ann" in page
    assert "microphone" in page
    page = console.get("/participant", room="demo", identity="ann").text
    for text in ("about ann", "team", "blue", "mic0", "TR_", "can_publish"):
        assert text in page
    assert "Nobody of that identity" in console.get("/participant", room="demo", identity="x").text
    assert "no such room now" in console.get("/room", name="other").text


def test_create_and_delete_a_room(console):
    done = console.do("room.create", name="demo", empty_timeout="10m", metadata="m")
    assert done.status_code == 200
    assert done.headers["hx-trigger"] == "lk-done"
    room = console.world.find_room("demo").info
    assert (room.empty_timeout, room.metadata) == (600, "m")
    join(console.world, "demo", "ann")
    join(console.world, "demo", "bob")
    asks = console.get("/do/room.delete", room="demo").text
    assert "Ends the room for 2 participants." in text_of(asks)
    assert console.do("room.delete", room="demo").status_code == 200
    assert not console.world.rooms
    assert "no such room" in console.get("/do/room.delete", room="demo").text


def test_metadata_starts_with_what_is_there(console):
    console.do("room.create", name="demo", metadata="before")
    assert "before</textarea>" in console.get("/do/room.metadata", room="demo").text
    console.do("room.metadata", room="demo", metadata="after")
    assert console.world.find_room("demo").info.metadata == "after"


def test_data_is_sent(console):
    ann, bob = join(console.world, "demo", "ann"), join(console.world, "demo", "bob")
    form = {"room": "demo", "data": "hello", "topic": "chat", "destination_identities": "ann\n"}
    assert console.post("/do/room.data", form).status_code == 200
    assert [(one.payload, one.topic) for one in ann.received] == [(b"hello", "chat")]
    assert bob.received == []


def test_mute_and_remove(console):
    ann = join(console.world, "demo", "ann")
    sid = ann.tracks[0].sid
    asks = console.get("/do/participant.mute", room="demo", identity="ann", track_sid=sid)
    assert sid in asks.text
    assert (
        console.do("participant.mute", room="demo", identity="ann", track_sid=sid).status_code
        == 200
    )
    assert ann.tracks[0].muted
    refused = console.do("participant.unmute", room="demo", identity="ann", track_sid=sid)
    assert refused.status_code in (200, 422)
    asks = console.get("/do/participant.remove", room="demo", identity="ann").text
    assert "Disconnects ann, who publishes 1 track." in text_of(asks)
    assert console.do("participant.remove", room="demo", identity="ann").status_code == 200
    assert not ann.connected


def test_update_keeps_what_is_not_named(console):
    ann = join(console.world, "demo", "ann", name="Ann", attributes={"team": "blue", "old": "1"})
    page = console.get("/do/participant.update", room="demo", identity="ann").text
    assert "team=blue" in page
    form = {"room": "demo", "identity": "ann", "name": "Anna", "attributes": "team=red\nold="}
    assert console.post("/do/participant.update", form).status_code == 200
    assert ann.info.name == "Anna"
    assert dict(ann.info.attributes) == {"team": "red"}


def test_permissions_start_with_those_of_now_and_are_replaced(console):
    ann = join(console.world, "demo", "ann")
    page = console.get("/do/participant.permissions", room="demo", identity="ann").text
    assert 'name="permission.can_publish" value="on" checked' in page
    form = {"room": "demo", "identity": "ann", "permission.can_subscribe": "on"}
    assert console.post("/do/participant.permissions", form).status_code == 200
    assert ann.permission.can_subscribe
    assert not ann.permission.can_publish


def test_subscriptions_and_rpc(console):
    ann, bob = join(console.world, "demo", "ann"), join(console.world, "demo", "bob", tracks=0)
    sid = ann.tracks[0].sid
    form = {"room": "demo", "identity": "bob", "track_sids": sid}
    assert console.post("/do/participant.subscriptions", form).status_code == 200
    assert bob.unsubscribed == {sid}
    bob.register_rpc("greet", lambda call: f"hello {call.payload}")
    form = {"room": "demo", "destination_identity": "bob", "method": "greet", "payload": "you"}
    done = console.post("/do/participant.rpc", form)
    assert "hello you" in done.text
    assert done.headers["hx-trigger"] == "lk-kept"


def test_move_and_forward(console):
    join(console.world, "demo", "ann")
    join(console.world, "other", "bob")
    form = {"room": "demo", "identity": "ann", "destination_room": "other"}
    assert console.post("/do/participant.forward", form).status_code == 200
    assert console.post("/do/participant.move", form).status_code in (200, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/rooms",
        "/room",
        "/participant",
        "/",
        "/log",
        "/do/room.delete",
        "/do/participant.update",
        "/webhooks",
        "/world",
        "/requests",
    ],
)
def test_names_and_texts_stay_texts(dev, path):
    room = NASTY[:60]
    dev.world.create_room(lkapi.CreateRoomRequest(name=room, metadata=NASTY))
    ann = join(dev.world, room, NASTY, name=NASTY, metadata=NASTY, attributes={"<b>": NASTY})
    ann.publish(NASTY)
    dev.do("room.metadata", room=room, metadata=NASTY + "!")
    api_of_a_client = lkapi.SyncLiveKitAPI("http://x", "devkey", "secret", transport=_to(dev))
    api_of_a_client.room.list_participants(room=room)
    page = dev.get(path, name=room, room=room, identity=NASTY, q=NASTY[:5], event=NASTY)
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert "<script>window" not in page.text
    assert "<b>" not in page.text


def _to(dev):
    from lkapi.devserver import InProcessTransport

    return InProcessTransport(dev.server)


def test_a_half_filled_form_keeps_what_was_typed(console):
    form = {"name": "", "metadata": "typed", "empty_timeout": "soon", "agents": "[{]"}
    page = console.post("/do/room.create", form)
    assert page.status_code == 422
    text = text_of(page.text)
    assert "3 inputs cannot be used" in text
    assert "this is needed" in text
    assert "is not a length of time" in text
    assert "this is not JSON" in text
    assert "typed</textarea>" in page.text
    assert 'value="soon"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert not console.world.rooms


def test_a_room_that_ends_while_it_is_read_is_no_error():
    """The server says not_found for its participants, though the list had it."""
    server = DevServer(World())
    join(server.world, "demo", "ann")
    server.faults.fail(9, method="ListParticipants", status=404, code="not_found")
    with playing(server=server) as player:
        assert "Nobody is in the room." in player.get("/room", name="demo").text
        player.app.console.store.expire(["calls"])
        overview = text_of(player.get("/").text)
        assert "demo" in overview
        assert "0 calls" in overview
        refused = [c for c in player.app.console.link.log.newest(reads=True) if c.error]
        assert {str(call.row) for call in refused} == {"RoomService/ListParticipants"}
        assert len(refused) >= 2
