"""The room service, the keyword names of its parameters included."""

from __future__ import annotations

import asyncio

from livekit import api


async def main() -> None:
    """Make a room, look at it, delete it."""
    async with api.LiveKitAPI() as lk:
        room = await lk.room.create_room(create=api.CreateRoomRequest(name="my-room"))
        print("room", room.name)
        rooms = await lk.room.list_rooms(api.ListRoomsRequest(names=["my-room"]))
        print("there are", len(rooms.rooms))
        await lk.room.delete_room(api.DeleteRoomRequest(room="my-room"))
        try:
            await lk.room.get_participant(
                api.RoomParticipantIdentity(room="my-room", identity="ann")
            )
        except api.TwirpError as error:
            print("failed", error.code, error.status)


asyncio.run(main())
