"""Send an agent into a room, and put one into a token."""

from __future__ import annotations

import asyncio

from livekit import api
from livekit.api import AccessToken, RoomAgentDispatch, RoomConfiguration, VideoGrants

ROOM, AGENT = "my-room", "test-agent"


async def dispatch() -> None:
    """By the API."""
    lk = api.LiveKitAPI()
    made = await lk.agent_dispatch.create_dispatch(
        api.CreateAgentDispatchRequest(agent_name=AGENT, room=ROOM, metadata='{"user": 1}')
    )
    print("made", made.id)
    listed = await lk.agent_dispatch.list_dispatch(room_name=ROOM)
    print("there are", len(listed))
    found = await lk.agent_dispatch.get_dispatch(dispatch_id="AD_1", room_name=ROOM)
    print("found", found is not None)
    await lk.agent_dispatch.delete_dispatch("AD_1", ROOM)
    await lk.aclose()


def token() -> None:
    """By a token."""
    jwt = (
        AccessToken()
        .with_identity("my_participant")
        .with_grants(VideoGrants(room_join=True, room=ROOM))
        .with_room_config(
            RoomConfiguration(agents=[RoomAgentDispatch(agent_name=AGENT, metadata="m")])
        )
        .to_jwt()
    )
    claims = api.TokenVerifier().verify(jwt)
    print("token for", claims.identity, claims.room_config.agents[0].agent_name)


asyncio.run(dispatch())
token()
