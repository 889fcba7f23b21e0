"""Requests for a furnished world: valid ones for each row, and what mutations make of them."""

from __future__ import annotations

import json
import random
from typing import Any

from lkapi.devserver.handlers import find_handler
from lkapi.errors import DecodeError
from lkapi.methods import all_methods
from lkapi.transports.base import Request
from tests.devserver.furnished import REQUESTS, request_for
from tests.devserver.service_calls import ServiceServer
from tests.devserver.tokens import mint
from tests.fuzzing.mutations import (
    mutate_bytes,
    mutate_json,
    mutate_text,
    odd_json_text,
    odd_text,
    odd_value,
)

__all__ = ["Drawer"]

ROWS = [row for row in all_methods() if find_handler(row.path) is not None]
OTHER_ROWS = [row.path for row in all_methods() if find_handler(row.path) is None]
PATHS = (
    *("/", "//", "/rtc/validate", "/rtc/v1/validate", "/rtc", "/agent", "/whip/v1", "/favicon.ico"),
    *("/settings/regions", "/twirp", "/twirp/", "/twirp/livekit.RoomService", "/twirp/livekit."),
    *(
        "/twirp//livekit.RoomService/ListRooms",
        "/twirp/livekit.RoomService/ListRooms/",
        "/../twirp",
    ),
    *("/api/project/p_1/sessions", "/api/project/p_1/sessions/RM_x", "/api/project//sessions", "*"),
    *(
        "http://[",
        "http://a:99999/",
        "http://user@host/",
        "",
        "?",
        "#",
        "/%00",
        "/%ff%fe",
        "/\ud800",
    ),
)
QUERIES = (
    *("access_token=x", "access_token=", "limit=0", "limit=-1", "page=999999999999999999999"),
    *("start=2026-13-01", "start=0001-01-01&end=0001-01-01", "end=9999-12-31", "limit=²", "a=%"),
    *(
        "attributes=e30",
        "attributes=!!",
        "attributes=WzFd",
        "join_request=AAAA",
        "join_request=CAE=",
    ),
    *("join_request=CAESGB-LCAAAAAAAAgPjYuLgBAC62Xj8BAAAAA==", "publish=cam", "&&;;", "=" * 50),
)
VERBS = ("POST", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "post", "X-Y", "")
TYPES = (
    *("application/json", "application/protobuf", "application/json; charset=utf-8", "text/plain"),
    *("APPLICATION/JSON", "application/x-protobuf", "", ";", "application/protobuf;;a=b", "json"),
)
HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("X-Twirp-Timeout-Ms", ("0", "1", "abc", "²", "-5", "9" * 40, "1.5", "500")),
    ("X-Livekit-Request-Id", ("", "a", "a", "x" * 5000, "\u00e9")),
    ("Content-Encoding", ("gzip", "br", "identity")),
    ("Origin", ("http://a", "null", "", "\u00e9")),
    ("Access-Control-Request-Method", ("POST", "PUT", "")),
    ("Access-Control-Request-Headers", ("authorization", "a,b")),
    ("Host", ("", "a:b", "[::1]:1", "127.0.0.1")),
    ("Upgrade", ("websocket", "h2c")),
    ("X-Lk-Mock-Fail-Mode", ("delay", "status", "²")),
    ("X-Lk-Mock-Fail-Status", ("²", "404", "")),
    ("X-Lk-Mock-Fail-Regions", ("²", "1,2", ",", "9" * 30)),
    ("X-Lk-Mock-Delay-Ms", ("²", "1", "-1")),
    ("X-Lk-Mock-Regions-Status", ("²", "404")),
    ("X-Lk-Mock-Response", ("{", "[]", '{"name":1}', '{"name":"a"}')),
    ("X-Lk-Mock-Skip-Auth", ("true", "yes")),
)
MOCKS: tuple[dict[str, Any], ...] = (
    {"delayMs": 5},
    {"skipAuth": True},
    {"response": {"name": "a", "sid": 7}},
    {"response": {"items": [{}]}},
    {"sipStatus": {"code": 486}},
    {"sipStatus": {"code": 503, "status": "x"}},
    {"failRegions": [0], "failStatus": 404},
    {"pinnedRegions": ["region-1"]},
    {"regionsStatus": 404},
)


class Drawer:
    """Draws requests; the same ones again for the same seed and world."""

    def __init__(self, rng: random.Random, server: ServiceServer, ids: dict[str, str]) -> None:
        self.rng = rng
        now = int(server.clock.token_now())
        self._times = {"iss": "devkey", "sub": "fuzz", "nbf": now - 5, "exp": now + 10**8}
        self._bodies = {name: request_for(name, ids) for name in REQUESTS}
        self._tokens: dict[str, str] = {}

    def draw(self) -> Request:
        """A request: now and then a good one, mostly one with something wrong in it."""
        rng, row = self.rng, self.rng.choice(ROWS)
        name = str(row)
        headers = {
            "Authorization": f"Bearer {self._good_token(row, name)}",
            "Content-Type": "application/json",
        }
        path, verb = row.path, "POST"
        body = self._bodies[name]
        if rng.random() < 0.7:
            body = mutate_json(rng, body)
        content = self._encode(row, body, headers)
        if rng.random() < 0.15:
            headers.update(self._odd_headers())
        if rng.random() < 0.15:
            headers["Authorization"] = self._odd_authorization(headers["Authorization"])
        if rng.random() < 0.1:
            path = self._odd_path(path)
        if rng.random() < 0.05:
            verb = rng.choice(VERBS)
        return Request(verb, path, headers, content)

    def _encode(self, row: Any, body: Any, headers: dict[str, str]) -> bytes:
        rng = self.rng
        kind = rng.random()
        if kind < 0.35:
            try:
                content = row.request.from_dict(body).to_bytes()
            except (DecodeError, ValueError, RecursionError):
                content = row.request.from_dict(self._bodies[str(row)]).to_bytes()
            headers["Content-Type"] = "application/protobuf"
            return mutate_bytes(rng, content) if rng.random() < 0.6 else content
        if kind < 0.45:
            return odd_json_text(rng, body)
        if kind < 0.47:
            return rng.randbytes(rng.randrange(200))
        return json.dumps(body).encode()

    def _good_token(self, row: Any, name: str) -> str:
        token = self._tokens.get(name)
        if token is None:
            needs = row.needs(row.request.from_dict(self._bodies[name])).as_claims()
            token = self._tokens[name] = mint({**self._times, **needs})
        return token

    def _odd_authorization(self, good: str) -> str:
        rng = self.rng
        kind = rng.randrange(7)
        if kind == 0:
            return mutate_text(rng, good)
        if kind == 1:
            head, _, tail = good.partition(".")
            return f"{head}.{odd_text(rng)}.{tail}"
        if kind == 2:
            return f"Bearer {mint({**self._times, odd_text(rng)[:99]: odd_value(rng)})}"
        if kind == 3:
            claim = rng.choice(("iss", "sub", "exp", "nbf", "aud", "video", "sip", "roomConfig"))
            return f"Bearer {mint({**self._times, claim: odd_value(rng)})}"
        if kind == 4:
            grants = {rng.choice(("roomAdmin", "room", "canPublishSources", "x")): odd_value(rng)}
            return f"Bearer {mint({**self._times, 'video': grants})}"
        if kind == 5:
            return f"Bearer {mint(self._times, alg=odd_value(rng))}"
        return rng.choice(("", "Bearer", "Bearer ", "Basic x", odd_text(rng)))

    def _odd_headers(self) -> dict[str, str]:
        rng = self.rng
        if rng.random() < 0.3:
            return {"Content-Type": rng.choice(TYPES)}
        if rng.random() < 0.3:
            mock = rng.choice(MOCKS)
            text = json.dumps(mock if rng.random() < 0.5 else mutate_json(rng, mock))
            return {"X-Lk-Mock": text if rng.random() < 0.8 else mutate_text(rng, text)}
        name, values = rng.choice(HEADERS)
        return {name: rng.choice(values) if rng.random() < 0.8 else odd_text(rng)}

    def _odd_path(self, path: str) -> str:
        rng = self.rng
        kind = rng.randrange(5)
        if kind == 0:
            path = rng.choice(OTHER_ROWS)
        elif kind == 1:
            path = mutate_text(rng, path)
        elif kind < 4:
            path = rng.choice(PATHS)
        if rng.random() < 0.5:
            path += "?" + rng.choice(QUERIES)
        return path
