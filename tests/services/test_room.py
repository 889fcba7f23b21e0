"""RoomService through both clients against the embedded server: each method, each promise."""

from __future__ import annotations

import inspect
import pydoc

import pytest

from lkapi import errors
from lkapi.devserver.front_ends.threaded import HTTPFrontEnd
from lkapi.methods import all_methods, find_method, room as rows
from lkapi.methods.info import Idempotency
from lkapi.protocol.models import DataPacket, ParticipantPermission
from lkapi.protocol.room import (
    CreateRoomRequest,
    DeleteRoomRequest,
    ListRoomsRequest,
    RoomEgress,
    RoomParticipantIdentity,
    SendDataRequest,
    UpdateParticipantRequest,
)
from lkapi.rpc.retry import without_waits
from tests.recorded_schema import known_rpcs
from tests.services.room_world import KEY, SECRET, Both, join, world

faces = pytest.mark.parametrize("face", ["async", "sync"])


@pytest.fixture(autouse=True)
def _no_waits():
    with without_waits():
        yield


@faces
def test_the_life_of_a_room(face):
    """Create, list, look up, change, delete."""
    do = Both(face, world())
    room = do(lambda api: api.room.create_room(name="demo", empty_timeout=600, metadata="m"))
    assert room.sid.startswith("RM_")
    assert room.empty_timeout == 600
    assert [r.name for r in do(lambda api: api.room.list_rooms()).rooms] == ["demo"]
    assert do(lambda api: api.room.list_rooms(names=["other"])).rooms == []
    assert [r.name for r in do(lambda api: api.room.iter_rooms())] == ["demo"]
    assert do(lambda api: api.room.get_room("demo")).sid == room.sid
    changed = do(lambda api: api.room.update_room_metadata(room="demo", metadata="new"))
    assert changed.metadata == "new"
    do(lambda api: api.room.delete_room(room="demo"))
    assert do(lambda api: api.room.list_rooms()).rooms == []


@faces
def test_people_in_a_room(face):
    """List, look up, mute, update, subscribe, remove."""
    there = world()
    do = Both(face, there)
    do(lambda api: api.room.create_room(name="demo"))
    ann = join(there, "ann")
    ann.publish("microphone")
    bob = join(there, "bob")
    listed = do(lambda api: api.room.list_participants(room="demo")).participants
    assert sorted(p.identity for p in listed) == ["ann", "bob"]
    assert len(do(lambda api: api.room.iter_participants(room="demo"))) == 2
    found = do(lambda api: api.room.get_participant(room="demo", identity="ann"))
    track = found.tracks[0].sid
    muted = do(
        lambda api: api.room.mute_published_track(
            room="demo", identity="ann", track_sid=track, muted=True
        )
    )
    assert muted.track.muted
    updated = do(
        lambda api: api.room.update_participant(
            room="demo", identity="ann", name="Ann", attributes={"a": "1"}
        )
    )
    assert (updated.name, updated.attributes) == ("Ann", {"a": "1"})
    do(
        lambda api: api.room.update_subscriptions(
            room="demo", identity="bob", track_sids=[track], subscribe=True
        )
    )
    do(lambda api: api.room.send_data(room="demo", data=b"hello", topic="chat"))
    assert bob.received[0].payload == b"hello"
    do(lambda api: api.room.remove_participant(room="demo", identity="bob"))
    left = do(lambda api: api.room.list_participants(room="demo")).participants
    assert [p.identity for p in left] == ["ann"]
    assert ann.identity == "ann"


@faces
def test_rpc(face):
    """The handler of a participant answers."""
    there = world()
    do = Both(face, there)
    do(lambda api: api.room.create_room(name="demo"))
    ann = join(there, "ann")
    ann.register_rpc("greet", lambda call: f"hello {call.payload}")
    answer = do(
        lambda api: api.room.perform_rpc(
            room="demo", destination_identity="ann", method="greet", payload="world"
        )
    )
    assert answer.payload == "hello world"


@faces
def test_moving_and_forwarding_is_for_the_cloud(face):
    """A self-hosted server does not do it; a Cloud one does."""
    for profile, works in (("cloud", True), ("self-hosted", False)):
        there = world(profile)
        do = Both(face, there)
        for name in ("demo", "other"):
            do(lambda api, name=name: api.room.create_room(name=name))
        join(there, "ann")
        for move in (_forward, _move):
            if works:
                do(move)
            else:
                with pytest.raises(errors.APIError):
                    do(move)


def _forward(api):
    return api.room.forward_participant(room="demo", identity="ann", destination_room="other")


def _move(api):
    return api.room.move_participant(room="demo", identity="ann", destination_room="other")


@faces
def test_what_is_missing(face):
    """NotFoundError, or None where that was said to be fine; other errors are not swallowed."""
    do = Both(face, world())
    with pytest.raises(errors.NotFoundError, match="demo"):
        do(lambda api: api.room.get_room("demo"))
    with pytest.raises(errors.NotFoundError):
        do(lambda api: api.room.delete_room(room="demo"))
    assert do(lambda api: api.room.delete_room(room="demo", missing_ok=True)) is None
    person = {"room": "demo", "identity": "ann"}
    with pytest.raises(errors.NotFoundError):
        do(lambda api: api.room.remove_participant(**person))
    assert do(lambda api: api.room.remove_participant(**person, missing_ok=True)) is None
    stranger = Both(face, world())
    stranger.api._channel.context.tokens._cache.clear()
    object.__setattr__(stranger.api._channel.context.tokens._credentials, "secret", "wrong" * 8)
    with pytest.raises(errors.UnauthenticatedError):
        stranger(lambda api: api.room.delete_room(room="demo", missing_ok=True))


@faces
def test_permissions_that_are_not_mentioned_stay(face):
    """``permission_changes`` reads first; ``permission`` replaces all."""
    there = world()
    do = Both(face, there)
    do(lambda api: api.room.create_room(name="demo"))
    join(there, "ann")
    person = {"room": "demo", "identity": "ann"}
    before = do(lambda api: api.room.get_participant(**person)).permission
    assert before.can_publish
    assert before.can_subscribe
    after = do(
        lambda api: api.room.update_participant(**person, permission_changes={"can_publish": False})
    ).permission
    assert after == before.copy(can_publish=False)
    replaced = do(
        lambda api: api.room.update_participant(
            **person, permission=ParticipantPermission(can_publish_data=True)
        )
    ).permission
    assert not replaced.can_subscribe
    with pytest.raises(TypeError, match="not both"):
        do(
            lambda api: api.room.update_participant(
                **person, permission=ParticipantPermission(), permission_changes={}
            )
        )


@faces
def test_a_request_object_and_keywords_do_the_same(face):
    """Object, keywords, livekit-api's parameter name, and livekit.protocol's message."""
    their_room = pytest.importorskip("livekit.protocol.room")
    do = Both(face, world())
    sids = {
        do(lambda api: api.room.create_room(CreateRoomRequest(name="demo"))).sid,
        do(lambda api: api.room.create_room(name="demo")).sid,
        do(lambda api: api.room.create_room(create=CreateRoomRequest(name="demo"))).sid,
        do(lambda api: api.room.create_room(their_room.CreateRoomRequest(name="demo"))).sid,
        do(lambda api: api.room.create_room(create=their_room.CreateRoomRequest(name="demo"))).sid,
    }
    assert len(sids) == 1
    assert do(lambda api: api.room.list_rooms(list=ListRoomsRequest(names=["demo"]))).rooms
    do(lambda api: api.room.delete_room(delete=DeleteRoomRequest(room="demo")))


@faces
def test_what_cannot_be_a_request_is_a_type_error(face):
    """Neither, both, the wrong message, a dict, a misspelt field: nothing is sent."""
    do = Both(face, world())
    for work, told in (
        (lambda api: api.room.create_room(), "CreateRoomRequest"),
        (lambda api: api.room.delete_room(missing_ok=True), "DeleteRoomRequest"),
        (lambda api: api.room.create_room(CreateRoomRequest(), name="x"), "both"),
        (lambda api: api.room.create_room(create=CreateRoomRequest(), name="x"), "not both"),
        (lambda api: api.room.create_room(DeleteRoomRequest()), "expected a CreateRoomRequest"),
        (lambda api: api.room.create_room({"name": "x"}), "keywords"),
        (lambda api: api.room.create_room("x"), "keywords"),
        (lambda api: api.room.create_room(nmae="x"), "name"),
        (lambda api: api.room.create_room(name=7), "name"),
    ):
        with pytest.raises(TypeError, match=told):
            do(work)


@faces
def test_requests_are_not_changed(face):
    """The nonce of SendData is put into a copy, one of the user's is kept."""
    there = world()
    do = Both(face, there)
    do(lambda api: api.room.create_room(name="demo"))
    request = SendDataRequest(room="demo", data=b"x", kind=DataPacket.Kind.RELIABLE)
    before = request.to_bytes()
    do(lambda api: api.room.send_data(request))
    do(lambda api: api.room.send_data(request))
    assert request.to_bytes() == before
    update = UpdateParticipantRequest(room="demo", identity="ann")
    join(there, "ann")
    do(lambda api: api.room.update_participant(update, permission_changes={"hidden": True}))
    assert update.permission is None
    mine = SendDataRequest(room="demo", nonce=b"n" * 16)
    assert rows.SEND_DATA.prepare(mine) is mine


@faces
def test_the_nonce_is_the_same_on_each_attempt(face):
    """So that a retry delivers nothing twice."""
    there = world()
    do = Both(face, there)
    do(lambda api: api.room.create_room(name="demo"))
    transport = next(iter([do.api._channel._open_transport()]))
    bodies: list[bytes] = []
    genuine = transport.server.exchange

    def losing(request):
        exchange = genuine(request)
        if request.url.endswith("SendData"):
            bodies.append(request.content)
            if len(bodies) == 1:
                raise errors.TransportError("the answer was lost")
        return exchange

    ann = join(there, "ann")
    transport.server.exchange = losing
    do(lambda api: api.room.send_data(room="demo", data=b"once"))
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert [packet.payload for packet in ann.received] == [b"once"]
    assert len(SendDataRequest.from_bytes(bodies[0]).nonce) == 16


@faces
def test_tokens_carry_only_what_the_call_needs(face):
    """One token per grant, minutes long, used again."""
    do = Both(face, world())
    for _ in range(3):
        do(lambda api: api.room.create_room(name="a"))
        do(lambda api: api.room.list_rooms())
    tokens = do.api._channel.context.tokens._cache
    assert set(tokens) == {
        (("video", (("roomCreate", True),)),),
        (("video", (("roomList", True),)),),
    }


@faces
def test_a_call_by_its_row(face):
    """For methods that no service wraps."""
    do = Both(face, world())
    assert do(lambda api: api.call(rows.CREATE_ROOM, name="x")).name == "x"
    assert do(lambda api: api.call(rows.LIST_ROOMS)).rooms[0].name == "x"


def test_over_a_socket_too():
    """The threaded front end, with both clients."""
    for face in ("async", "sync"):
        with HTTPFrontEnd(world()) as front:
            kind = Both(face, world())
            api = type(kind.api)(front.url, KEY, SECRET)
            kind.api = api

            async def work(api):
                async with api:
                    return await api.room.create_room(name="x")

            room = kind(work) if face == "async" else api.room.create_room(name="x")
            assert room.name == "x"


def test_rows_say_what_may_be_repeated_and_how_long_it_takes():
    """The idempotency and timeouts of RoomService's methods."""
    mine = [row for row in all_methods() if row.service == "RoomService"]
    assert {str(row) for row in mine} == {rpc for rpc in known_rpcs() if "RoomService/" in rpc}
    kinds = {row.name: row.idempotency for row in mine}
    assert kinds.pop("PerformRpc") is Idempotency.UNSAFE
    assert kinds.pop("MoveParticipant") is kinds.pop("ForwardParticipant") is Idempotency.KEYED
    assert set(kinds.values()) == {Idempotency.SAFE}
    assert {row.name for row in mine if row.deletes} == {"DeleteRoom", "RemoveParticipant"}
    assert rows.CREATE_ROOM.timeout(CreateRoomRequest(name="x")) is None
    assert rows.CREATE_ROOM.timeout(CreateRoomRequest(egress=RoomEgress())) == 30
    rpc = rows.PERFORM_RPC
    assert rpc.timeout(rpc.request(room="x")) == 15
    assert rpc.timeout(rpc.request(room="x", response_timeout_ms=2500)) == 7.5


def test_rows_are_found_by_name_and_path():
    """As the CLI and the embedded server look them up."""
    assert find_method("RoomService/CreateRoom") is rows.CREATE_ROOM
    assert find_method("/twirp/livekit.RoomService/CreateRoom") is rows.CREATE_ROOM
    assert find_method("RoomService/Nothing") is None


def test_grants_are_those_the_server_checks():
    """roomCreate for deleting; two rooms for moving."""
    person = RoomParticipantIdentity(room="demo")
    assert rows.DELETE_ROOM.needs(DeleteRoomRequest(room="demo")).as_claims() == {
        "video": {"roomCreate": True}
    }
    assert rows.REMOVE_PARTICIPANT.needs(person).as_claims() == {
        "video": {"roomAdmin": True, "room": "demo"}
    }
    move = rows.MOVE_PARTICIPANT
    assert move.needs(move.request(room="a", destination_room="b")).as_claims() == {
        "video": {"roomAdmin": True, "room": "a", "destinationRoom": "b"}
    }


@faces
def test_help_lists_the_fields(face):
    """Signatures show what may be given, docstrings what it means."""
    api = Both(face, world()).api
    parameters = inspect.signature(api.room.create_room).parameters
    assert list(parameters)[:3] == ["request", "timeout", "name"]
    assert {"empty_timeout", "max_participants", "egress"} <= set(parameters)
    assert "fields" not in parameters
    assert "missing_ok" in inspect.signature(api.room.delete_room).parameters
    shown = pydoc.render_doc(api.room.create_room, renderer=pydoc.plaintext)
    assert "empty_timeout" in shown
    assert "``roomCreate``" in shown
    assert inspect.iscoroutinefunction(api.room.create_room) is (face == "async")
    for name in dir(type(api.room)):
        if not name.startswith("_"):
            assert inspect.getdoc(getattr(api.room, name)), name


def test_a_timeout_per_call():
    """In any of the accepted forms."""
    do = Both("sync", world())
    with pytest.raises(errors.SettingsError, match="more than 0"):
        do(lambda api: api.room.list_rooms(timeout=0))
    assert do(lambda api: api.room.list_rooms(timeout=2.5)).rooms == []


def test_the_async_client_needs_no_loop():
    """To be made and to give its services."""
    api = Both("async", world()).api
    assert inspect.iscoroutinefunction(api.room.list_rooms)
