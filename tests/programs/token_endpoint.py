"""What a token endpoint does with the body of a request."""

from __future__ import annotations

import os

from livekit import api


def answer(body: dict[str, object]) -> dict[str, str]:
    """The answer to one request."""
    token = api.AccessToken(os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
    room = str(body.get("room_name") or "quickstart-room")
    token.with_grants(api.VideoGrants(room_join=True, room=room))
    token.with_identity(str(body.get("participant_identity") or "quickstart-identity"))
    token.with_name("name").with_metadata("m").with_attributes({"a": "1"})
    if body.get("room_config"):
        token.with_room_config(body["room_config"])
    return {"server_url": os.environ["LIVEKIT_URL"], "participant_token": token.to_jwt()}


made = answer({"room_name": "r", "room_config": {"agents": [{"agent_name": "bot"}]}})
claims = api.TokenVerifier().verify(made["participant_token"])
print("token", claims.identity, claims.video.room, claims.room_config.agents[0].agent_name)
