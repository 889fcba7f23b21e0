"""Remote procedure calls to simulated participants (recorded behaviour 40)."""

from __future__ import annotations

import uuid

import pytest

from lkapi.devserver import RpcError, RpcInvocation
from tests.devserver.calls import START, Server

CALL = {"room": "demo", "destination_identity": "ann", "method": "m", "payload": "p"}


@pytest.fixture
def server() -> Server:
    return Server()


def test_handler_is_told_of_the_call(server: Server) -> None:
    """Payload, timeout and a random caller identity."""
    seen: list[RpcInvocation] = []

    @server.join().on_rpc("m")
    def handler(run: RpcInvocation) -> str:
        seen.append(run)
        return run.payload.upper()

    assert server.call("PerformRpc", {**CALL, "response_timeout_ms": 2500}) == (
        200,
        {"payload": "P"},
    )
    assert (seen[0].method, seen[0].payload, seen[0].response_timeout) == ("m", "p", 2.5)
    assert uuid.UUID(seen[0].caller_identity).version == 4


@pytest.mark.parametrize(
    ("takes", "timeout_ms", "status", "runs", "waited"),
    [
        (2.9, 0, 200, 1, 2.9),
        (4.0, 0, 200, 2, 7.0),
        (6.0, 20_000, 200, 3, 14.0),
        (6.0, 2_000, 408, 1, 2.0),
        (6.0, 4_000, 408, 2, 7.0),
        (7.5, 0, 408, 3, 15.0),
    ],
)
def test_slow_handlers_run_again(
    server: Server, takes: float, timeout_ms: int, status: int, runs: int, waited: float
) -> None:
    """Each run has its window of 3, 5 and 7 s; the answer is that of the run that fits."""
    called: list[float] = []

    def handler(run: RpcInvocation) -> str:
        called.append(run.called_at - START)
        return "done"

    server.join().register_rpc("m", handler, takes=takes)
    exchange = server.exchange("PerformRpc", {**CALL, "response_timeout_ms": timeout_ms})
    assert (exchange.response.status, exchange.waited) == (status, waited)
    assert called == [0.0, 3.0, 8.0][:runs]


@pytest.mark.parametrize(
    ("payload", "answer", "status", "text"),
    [
        ("x" * 15_361, "ok", 400, "RpcError 1402: Request payload too large"),
        ("x" * 15_360, "ok", 200, ""),
        ("x", "y" * 15_361, 500, "RpcError 1504: Response payload too large"),
    ],
)
def test_payload_limits(server: Server, payload: str, answer: str, status: int, text: str) -> None:
    """15 KiB each way."""
    server.join().register_rpc("m", lambda run: answer)
    got, body = server.call("PerformRpc", {**CALL, "payload": payload})
    assert got == status
    assert text in body.get("msg", "")


def test_own_errors_keep_code_message_and_data(server: Server) -> None:
    """An error of the method is told in the text, as 500 unless the code is a known one."""

    def handler(run: RpcInvocation) -> str:
        raise RpcError(7, "no", "why")

    server.join().register_rpc("m", handler)
    status, body = server.call("PerformRpc", CALL)
    assert (status, body["msg"]) == (500, "twirp error unknown: RpcError 7: no: why")


def test_without_media_nothing_is_reached(server: Server) -> None:
    """A participant whose media is not up cannot be connected to."""
    server.join(active=False)
    status, body = server.call("PerformRpc", {**CALL, "response_timeout_ms": 4000})
    assert (status, body["msg"]) == (408, "twirp error unknown: RpcError 1501: Connection timeout")


def test_handlers_may_call_the_server(server: Server) -> None:
    """A method may use the API of the server that runs it."""

    def handler(run: RpcInvocation) -> str:
        return str(server.call("ListRooms")[0])

    server.join().register_rpc("m", handler)
    assert server.call("PerformRpc", CALL)[1] == {"payload": "200"}
