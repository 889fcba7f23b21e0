"""Recorded exchanges of the official test server, replayed against ours on four regions."""

from __future__ import annotations

import base64
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lkapi.devserver import DevServer, MockServer, VirtualClock, World, WorldConfig
from lkapi.methods import find_method
from lkapi.transports.base import Request
from tests.devserver.tokens import mint

FOLDER = Path(__file__).parent.parent / "vectors" / "mock"
ORIGINS = tuple(f"http://127.0.0.1:{port}" for port in (9999, 10000, 10001, 10002))
START = 1_800_000_000
CONFIG = WorldConfig(keys={"devkey": "secret"}, regions=ORIGINS)


def load(group: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"))["exchanges"]


def request_of(exchange: dict[str, Any]) -> Request:
    headers = dict(exchange.get("request_headers", {}))
    if exchange.get("x_lk_mock") is not None:
        headers["X-Lk-Mock"] = json.dumps(exchange["x_lk_mock"])
    if exchange.get("grants"):
        claims = {"iss": "devkey", "sub": "t", "exp": START + 60, **exchange["grants"]}
        headers["Authorization"] = f"Bearer {mint(claims, 'secret')}"
    if exchange.get("encoding"):
        headers["Content-Type"] = f"application/{exchange['encoding']}"
    url = ORIGINS[exchange["port_index"]] + exchange["path"]
    body = base64.b64decode(exchange.get("request_b64", ""))
    return Request(exchange["http_method"], url, headers, body)


def play(exchange: dict[str, Any], server: DevServer) -> list[str]:
    answer = server.exchange(request_of(exchange))
    if "transport_error" in exchange:
        return [] if answer.drop else ["answered"]
    response = answer.response
    headers = response.headers
    pairs: list[tuple[str, Any, Any]] = [
        ("drop", False, answer.drop),
        ("status", exchange["status"], response.status),
        ("type", exchange["response_content_type"], headers.get("content-type")),
        ("region", exchange["region"], headers.get("x-lk-mock-region")),
        ("cache", exchange["cache_control"], headers.get("cache-control")),
    ]
    if exchange["status"] == response.status:
        pairs.append(("body", *bodies_of(exchange, response.content)))
    delay = (exchange.get("x_lk_mock") or {}).get("delayMs") or 0
    if "regions" not in exchange["path"]:
        pairs.append(("elapsed", delay / 1000, answer.waited))
    return [f"{what}: {theirs!r} != {ours!r}" for what, theirs, ours in pairs if theirs != ours]


def bodies_of(exchange: dict[str, Any], content: bytes) -> tuple[Any, Any]:
    """The recorded body and ours, in a form that can be compared."""
    recorded = base64.b64decode(exchange.get("response_b64", ""))
    kind = exchange["response_content_type"] or ""
    if kind == "application/json":
        return json.loads(recorded), json.loads(content)
    row = find_method(exchange["path"])
    if kind == "application/protobuf" and row is not None:
        return row.response.from_bytes(recorded), row.response.from_bytes(content)
    return recorded, content


@functools.cache
def replay(group: str) -> list[tuple[str, list[str]]]:
    outcomes = []
    for exchange in load(group):
        server = MockServer(World(config=CONFIG, clock=VirtualClock(START)))
        outcomes.append((f"{group}: {exchange['name']}", play(exchange, server)))
    return outcomes


@pytest.mark.parametrize("group", ["control", "sip", "echo"])
def test_answers_are_the_recorded_ones(group: str) -> None:
    """Status, headers, delay and body are those of the official test server."""
    bad = [(name, found) for name, found in replay(group) if found]
    assert not bad, "\n".join(f"{name}: {d}" for name, found in bad for d in found)


def test_counts(record_property: Callable[[str, object], None], capsys: Any) -> None:
    """The counts are printed."""
    outcomes = [outcome for group in ("control", "sip", "echo") for outcome in replay(group)]
    passed = sum(not found for _, found in outcomes)
    text = f"{len(outcomes)} replayed, {passed} as recorded"
    record_property("mock_vectors", text)
    with capsys.disabled():
        sys.stdout.write(f"\nmock vectors: {text}\n")
    assert len(outcomes) == 447
