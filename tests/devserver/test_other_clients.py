"""A client that is not ours, livekit-api, works against the embedded server over HTTP."""

from __future__ import annotations

import time

import pytest

from lkapi.devserver import HTTPFrontEnd, MockServer, RegionalFrontEnd, World
from tests.devserver.tokens import KEYS, video

api = pytest.importorskip("livekit.api")

SECRET = KEYS["devkey"]


async def test_rooms_and_participants() -> None:
    """Create, list, update, mute, send and delete, with the answers that client expects."""
    with HTTPFrontEnd(World(keys=KEYS)) as front:
        ann = front.world.join(video(time.time(), "ann", roomJoin=True, room="demo"))
        track = ann.publish("mic")
        client = api.LiveKitAPI(front.url, "devkey", SECRET)
        try:
            room = await client.room.create_room(api.CreateRoomRequest(name="demo"))
            assert room.num_participants == 1
            listed = await client.room.list_participants(api.ListParticipantsRequest(room="demo"))
            assert [p.identity for p in listed.participants] == ["ann"]
            request = api.UpdateParticipantRequest(room="demo", identity="ann", metadata="m")
            assert (await client.room.update_participant(request)).metadata == "m"
            mute = api.MuteRoomTrackRequest(
                room="demo", identity="ann", track_sid=track.sid, muted=True
            )
            assert (await client.room.mute_published_track(mute)).track.muted
            await client.room.send_data(api.SendDataRequest(room="demo", data=b"hi", topic="t"))
            assert [packet.payload for packet in ann.received] == [b"hi"]
            await client.room.delete_room(api.DeleteRoomRequest(room="demo"))
            with pytest.raises(api.TwirpError) as caught:
                await client.room.delete_room(api.DeleteRoomRequest(room="demo"))
            assert (caught.value.code, caught.value.status) == ("not_found", 404)
        finally:
            await client.aclose()


async def test_the_stateless_server_answers_it() -> None:
    """The made-up answers are those of the server that client is tested against."""
    with RegionalFrontEnd(MockServer(World(keys=KEYS))) as regions:
        client = api.LiveKitAPI(regions.urls[0], "devkey", SECRET)
        try:
            rooms = await client.room.list_rooms(api.ListRoomsRequest())
            assert [room.sid for room in rooms.rooms] == ["MOCK_SID"]
        finally:
            await client.aclose()
