"""The token endpoint and routes as a user's type checker sees them; checked, never run."""

from __future__ import annotations

import attrs
from typing_extensions import assert_type

from lkapi.protocol.token_source import TokenSourceRequest
from lkapi.web import (
    Admission,
    EndpointResponse,
    TokenEndpoint,
    WebhookEndpoint,
    documented,
    locked,
)
from lkapi.web.starlette import token_route
from lkapi.webhook import WebhookReceiver, WebhookRouter


@attrs.frozen
class Member:
    name: str


def admit(request: TokenSourceRequest, user: Member) -> Admission:
    return Admission(identity=user.name, room=request.room_name or "lobby", replaces=["room_name"])


async def admit_later(request: TokenSourceRequest, user: Member) -> Admission:
    return admit(request, user)


def decide() -> None:
    endpoint = TokenEndpoint(admit)
    assert_type(endpoint, TokenEndpoint[Member])
    assert_type(TokenEndpoint(admit_later), TokenEndpoint[Member])
    assert_type(TokenEndpoint(documented(identity=lambda user: user.name)), TokenEndpoint[object])
    assert_type(endpoint.handle(b"{}", Member("ann")), EndpointResponse)
    status, headers, body = endpoint.handle({"room_name": "r"}, None)
    assert_type(status, int)
    assert_type(headers, dict[str, str])
    assert_type(body, bytes)
    token_route("/getToken", endpoint, user=lambda request: request.headers.get("x-user"))


def mistake() -> None:
    TokenEndpoint()  # type: ignore[call-arg]  # the policy is required
    TokenEndpoint(admit).handle(b"", "ann")  # type: ignore[arg-type]  # no Member
    locked(accept=["roomname"])  # type: ignore[list-item]  # no field of the standard
    Admission(room="lobby")  # type: ignore[call-arg]  # whose?


async def receive(router: WebhookRouter) -> None:
    endpoint = WebhookEndpoint(WebhookReceiver(), router.dispatch)
    assert_type(endpoint.handle(b"", None), EndpointResponse)
    assert_type(
        await WebhookEndpoint(WebhookReceiver(), router.adispatch).ahandle(b"", ""),
        EndpointResponse,
    )
