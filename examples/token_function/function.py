"""A token endpoint as a serverless function, in the shape that AWS Lambda calls.

It shows LiveKit's standard endpoint without a web framework: client SDKs ask it through
``TokenSource.endpoint(url)``. The user comes from the gateway's JWT authorizer; who is not logged
in gets 401, and who asks for a room that is not theirs 403. Nothing is called over the network, and
no HTTP library is imported, so a cold start is short.

For a real server, deploy it behind an HTTP API (payload format 2.0) with lkapi-sdk in the package,
the handler ``function.handler``, and LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET. With
ALLOW_GUESTS=1 it serves everybody, for trying out:

    pip install 'lkapi-sdk[cli]'
    lkapi dev
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    ALLOW_GUESTS=1 python function.py '{"room_name": "team-red"}'
"""

from __future__ import annotations

import base64
import binascii
import functools
import os
import sys
import uuid
from typing import TYPE_CHECKING, Any

from lkapi.auth import VideoGrants
from lkapi.web import Admission, TokenEndpoint, TokenRefusedError

if TYPE_CHECKING:
    from lkapi.protocol.token_source import TokenSourceRequest


class User:
    """Who asks, from the claims of the gateway's authorizer."""

    def __init__(self, claims: dict[str, Any]) -> None:
        self.id = str(claims["sub"])
        self.name = str(claims.get("name", ""))
        self.teams = str(claims.get("teams", "")).split()
        self.may_speak = "speaker" in str(claims.get("scope", "")).split()


def admit(request: TokenSourceRequest, user: User) -> Admission:
    """Users are who they are, and join rooms of their teams; speakers may publish."""
    room = request.room_name or (f"team-{user.teams[0]}" if user.teams else "lobby")
    own = [f"team-{team}" for team in user.teams]
    if room not in ("lobby", *own) and not room.startswith(tuple(f"{name}-" for name in own)):
        raise TokenRefusedError("the room is not one of your teams'", fields=["room_name"])
    grants = VideoGrants(can_publish=user.may_speak, can_subscribe=True, can_publish_data=True)
    return Admission(identity=user.id, name=user.name, room=room, grants=grants)


@functools.cache
def endpoint() -> TokenEndpoint[User]:
    """Made with the first request and kept while the function is warm."""
    return TokenEndpoint(admit, ttl="5m")


def user_of(event: dict[str, Any]) -> User | None:
    authorizer = event.get("requestContext", {}).get("authorizer", {})
    claims = authorizer.get("jwt", {}).get("claims")
    if claims:
        return User(claims)
    if os.environ.get("ALLOW_GUESTS") == "1":
        return User({"sub": f"guest-{uuid.uuid4().hex[:8]}", "teams": "red", "scope": "speaker"})
    return None


def body_of(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        return b"{"  # no JSON either: the endpoint answers 400


def handler(event: dict[str, Any], _context: object = None) -> dict[str, Any]:
    """One request of the gateway."""
    http = event.get("requestContext", {}).get("http", {})
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    answer = endpoint().handle(
        body_of(event),
        user_of(event),
        method=http.get("method", "POST"),
        content_type=headers.get("content-type"),
    )
    return {"statusCode": answer.status, "headers": answer.headers, "body": answer.body.decode()}


if __name__ == "__main__":
    print(handler({"body": "".join(sys.argv[1:2])})["body"])
