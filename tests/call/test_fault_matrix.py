"""Every fault, for every kind of method, through every transport of both clients, on real sockets.

What is counted is how often the server got a request that it may have acted on.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import time
from collections import Counter

import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.errors import LiveKitError
from lkapi.method import Idempotency
from lkapi.protocol.room import CreateRoomRequest
from lkapi.regions import Failover
from lkapi.retry import RetryPolicy, without_waits
from lkapi.sync import SyncLiveKitAPI
from tests.call.faces import ASYNC, KEY, SECRET, SYNC, run
from tests.call.plans import row
from tests.call.scripted import ROOM, ScriptedServer, answer, reset, serving

SAFE, KEYED, UNSAFE = Idempotency.SAFE, Idempotency.KEYED, Idempotency.UNSAFE
CLOUD = Failover(domains=("127.0.0.1",), insecure=True)
TWIRP = "application/json"


def truncated(sock: socket.socket) -> None:
    sock.sendall(answer(length=len(ROOM) + 5))
    sock.close()


def silent(sock: socket.socket) -> None:
    time.sleep(0.5)
    sock.close()


FAULTS = {
    "connection closed without an answer": (socket.socket.close, errors.TransportError),
    "connection reset": (reset, errors.TransportError),
    "answer cut off": (truncated, errors.TransportError),
    "no answer in time": (silent, errors.RequestTimeoutError),
    "500 internal": (answer("500 X", b'{"code":"internal"}', TWIRP), errors.InternalError),
    "502 from a proxy": (answer("502 X", b"<html>", "text/html"), errors.UnavailableError),
    "429": (
        answer("429 X", b'{"code":"resource_exhausted"}', TWIRP),
        errors.ResourceExhaustedError,
    ),
    "400": (answer("400 X", b'{"code":"malformed"}', TWIRP), errors.MalformedError),
    "401 plain text": (
        answer("401 X", b"invalid token", "text/plain"),
        errors.UnauthenticatedError,
    ),
    "408": (answer("408 X", b'{"code":"canceled"}', TWIRP), errors.DeadlineExceededError),
    "busy callee": (
        answer("429 X", b'{"code":"resource_exhausted","meta":{"sip_status_code":"486"}}', TWIRP),
        errors.SIPCallError,
    ),
    "302": (answer("302 X", b"", "text/html", "Location: /x"), errors.InternalError),
    "200 with HTML": (answer(body=b"<html>", kind="text/html"), errors.DecodeError),
}
AMBIGUOUS = {
    "connection closed without an answer",
    "connection reset",
    "answer cut off",
    "no answer in time",
    "500 internal",
    "502 from a proxy",
}
TABLE: dict[tuple[str, str], Counter[int]] = {}


def expected(fault: str, kind: Idempotency, *, cloud: bool) -> int:
    """How many of three attempts are made."""
    if fault == "429":
        return 3
    if fault in AMBIGUOUS:
        return 3 if kind is SAFE or (kind is KEYED and cloud) else 1
    return 1


@pytest.mark.parametrize("face", [*ASYNC, *SYNC])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_matrix(face, fault):
    """Each kind of method, self-hosted and with request ids that count: attempts and error."""
    script, error = FAULTS[fault]
    timeout = 0.15 if script is silent else 5.0
    for kind, cloud in itertools.product(Idempotency, (False, True)):
        options = {"timeout": timeout * 3, "failover": CLOUD if cloud else False}
        want = expected(fault, kind, cloud=cloud)
        if script is silent:  # such methods spend all their time on the first attempt
            want = 1
            options["timeout"] = timeout
        with serving(script) as server, without_waits(), pytest.raises(error) as caught:
            run(face, server.url, lambda api, k=kind: api.call(row(k), name="x"), **options)
        calls = [r for r in server.requests if r.startswith(b"POST")]
        assert len(calls) == want, (kind, cloud)
        assert len(caught.value.attempts) == want
        column = f"{kind.value}, {'Cloud' if cloud else 'self-hosted'}"
        TABLE.setdefault((fault, column), Counter())[want] += 1


@pytest.mark.parametrize("face", [*ASYNC, *SYNC])
def test_nothing_listening_is_tried_again_for_every_kind(face):
    """Nothing was sent, so nothing can have happened."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    for kind in Idempotency:
        with without_waits(), pytest.raises(errors.ConnectError) as caught:
            run(face, url, lambda api, k=kind: api.call(row(k), name="x"))
        assert len(caught.value.attempts) == 3


@pytest.mark.parametrize(
    "face", ["async-direct", "sync-direct", "async-httpcore2", "sync-httpcore2"]
)
def test_a_safe_attempt_that_times_out_leaves_time_for_another(face):
    """Half of the time for the first, and the second is answered."""
    with serving(silent, answer()) as server:
        began = time.monotonic()
        room = run(
            face,
            server.url,
            lambda api: api.call(row(SAFE), name="x"),
            timeout=5.2,
            retry=RetryPolicy(attempts=2, first_wait=0.0),
        )
        took = time.monotonic() - began
    assert room.sid == "RM_scripted"
    assert 0.4 < took < 4.0


def test_the_table_of_the_matrix():
    """Printed for people: attempts of three, by fault and kind of method."""
    columns = sorted({column for _, column in TABLE})
    print("\nattempts made, of 3 allowed")
    print(f"{'fault':38}" + "".join(f"{column:>22}" for column in columns))
    for fault in FAULTS:
        cells = [TABLE.get((fault, column), Counter()) for column in columns]
        shown = ["/".join(map(str, cell)) + f" ({sum(cell.values())})" for cell in cells]
        print(f"{fault:38}" + "".join(f"{text:>22}" for text in shown))
        assert all(len(cell) <= 1 for cell in cells), "transports disagree"


# Randomised scenarios on a server that counts

ACTIONS = {
    "ok": (answer(), True),
    "close": (socket.socket.close, True),
    "reset": (reset, True),
    "cut off": (truncated, True),
    "500": (answer("500 X", b'{"code":"internal"}', TWIRP), True),
    "503": (answer("503 X", b'{"code":"unavailable"}', TWIRP), True),
    "html": (answer(body=b"<html>", kind="text/html"), True),
    "429": (answer("429 X", b"slow down", "text/plain", "Retry-After: 0"), False),
    "451": (answer("451 X", b"not here", "text/plain"), False),
    "404": (answer("404 X", b'{"code":"not_found"}', TWIRP), True),
}


class CountingServer(ScriptedServer):
    """Draws an action for each request, and counts by request id what it may have acted on."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.executed: Counter[str] = Counter()
        super().__init__(self._act)

    def _act(self, sock: socket.socket) -> None:
        request = self.requests[-1]
        self.requests.clear()
        self.requests.append(request)
        if request.startswith(b"GET"):
            sock.sendall(answer("404 Not Found", b"404 page not found", "text/plain"))
            return
        name = self.draw.choice(list(ACTIONS))
        action, acted = ACTIONS[name]
        identity = request.lower().split(b"x-livekit-request-id: ")[1].split(b"\r\n")[0].decode()
        self.executed[identity] += acted
        if callable(action):
            action(sock)
        else:
            sock.sendall(action)


SCENARIOS = 10_000


@pytest.mark.parametrize("face", ["async", "sync"])
def test_ten_thousand_random_faults(face):
    """No foreign exception, and nothing harmful twice, over both clients."""
    outcomes: Counter[str] = Counter()
    executed: dict[str, list[int]] = {}
    with without_waits():
        for cloud in (False, True):
            server = CountingServer(seed=cloud)
            options = {"failover": CLOUD if cloud else False, "timeout": 5.0}
            try:
                work = _many if face == "sync" else _many_async
                for kind, error, identity in work(server.url, options, SCENARIOS // 4):
                    outcomes[type(error).__name__ if error else "ok"] += 1
                    where = "Cloud" if cloud else "self-hosted"
                    executed.setdefault(f"{kind.value}, {where}", []).append(
                        server.executed.pop(identity, 0)
                    )
            finally:
                server.close()
    print(f"\n{face}: {sum(outcomes.values())} calls: {dict(outcomes.most_common())}")
    print({column: Counter(counts) for column, counts in executed.items()})
    assert sum(outcomes.values()) == SCENARIOS // 2
    for column, counts in executed.items():
        once = column.startswith("unsafe") or column == "keyed, self-hosted"
        assert max(counts) <= (1 if once else 3), column


def _many(url, options, number):
    kinds = random.Random(7)
    with SyncLiveKitAPI(url, KEY, SECRET, **options) as api:
        for count in range(number):
            kind = kinds.choice(list(Idempotency))
            identity = f"call-{count}"
            error = None
            try:
                api.with_options(headers={"X-Livekit-Request-Id": identity}).call(
                    row(kind), name="x"
                )
            except LiveKitError as caught:
                error = caught
            yield kind, error, identity


def _many_async(url, options, number):
    kinds = random.Random(7)

    async def call(api, kind, identity):
        copy = api.with_options(headers={"X-Livekit-Request-Id": identity})
        try:
            await copy.call(row(kind), CreateRoomRequest(name="x"))
        except LiveKitError as caught:
            return kind, caught, identity
        return kind, None, identity

    async def work():
        async with LiveKitAPI(url, KEY, SECRET, **options) as api:
            return [
                await call(api, kinds.choice(list(Idempotency)), f"call-{count}")
                for count in range(number)
            ]

    return asyncio.run(work())
