"""Calls without I/O: a clock that only moves when told to, and rows of every kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from lkapi.methods.info import Idempotency, MethodInfo
from lkapi.methods.room import CREATE_ROOM
from lkapi.protocol.models import Room
from lkapi.protocol.room import CreateRoomRequest
from lkapi.rpc.call import Call, Context
from lkapi.rpc.options import CallOptions
from lkapi.rpc.regions import Failover
from lkapi.rpc.tokens import TokenSource
from lkapi.settings import BearerToken, parse_url
from lkapi.transports.base import Response

CLOUD = "wss://demo.livekit.cloud"
HOME = "ws://self.hosted.example:7880/base"
GOOD = Response(200, {"content-type": "application/protobuf"}, Room(sid="RM_1").to_bytes())


@attrs.define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def row(kind: Idempotency, **changes: Any) -> MethodInfo[CreateRoomRequest, Room]:
    return attrs.evolve(CREATE_ROOM, idempotency=kind, **changes)


def context(url: str = HOME, clock: Clock | None = None, **changes: Any) -> Context:
    settings = {
        "url": parse_url(url),
        "tokens": TokenSource(BearerToken("a.b.c")),
        "clock": clock or Clock(),
        "draw": lambda: 0.0,
        "new_id": lambda: "id-1",
        "failover": Failover(),
    }
    return Context(**{**settings, **changes})


def plan(
    kind: Idempotency = Idempotency.SAFE,
    url: str = HOME,
    clock: Clock | None = None,
    options: CallOptions | None = None,
    timeout: float | None = None,
    rule: Any = None,
    **changes: Any,
) -> Call[CreateRoomRequest, Room]:
    return Call(
        context(url, clock),
        row(kind, timeout=rule, **changes),
        CreateRoomRequest(name="demo"),
        options or CallOptions(),
        timeout,
    )


def refusal(
    status: int,
    code: str | None = None,
    msg: str = "no",
    meta: Mapping[str, str] | None = None,
    **headers: str,
) -> Response:
    """Twirp's JSON, or plain text without a code."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if code is None:
        return Response(status, {"content-type": "text/plain", **given}, msg.encode())
    body = {"code": code, "msg": msg, **({"meta": dict(meta)} if meta else {})}
    return Response(
        status, {"content-type": "application/json", **given}, json.dumps(body).encode()
    )
