"""Both clients over each transport, before one embedded server whose faults a test sets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Iterator
from typing import Any

import aiohttp  # noqa: F401 - the first call would, and that takes longer than some calls may
import attrs
import httpx
import httpx2

from lkapi.client import LiveKitAPI
from lkapi.devserver import (
    DevServer,
    HTTPFrontEnd,
    InProcessTransport,
    RegionalFrontEnd,
    World,
    WorldConfig,
)
from lkapi.errors import ConnectError, RequestTimeoutError, TransportError
from lkapi.protocol.sip import SIPOutboundConfig
from lkapi.rpc.records import CallRecord
from lkapi.rpc.regions import Failover
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.base import Request, Response
from tests.resilience.fault_table import KEYED, SAFE

KEY, SECRET = "devkey", "secret"
METHODS = {
    "SAFE": "RoomService/CreateRoom",
    "KEYED": "AgentDispatchService/CreateDispatch",
    "UNSAFE": "SIP/CreateSIPParticipant",
}
LIBRARIES: dict[str, Any] = {"httpx": httpx, "httpx2": httpx2}
SPEED = 40.0
"""How much faster time passes in the calls that run into a timeout."""
_numbers = itertools.count(1)


class CustomTransport:
    """What a user might write: any object with the methods of the protocol."""

    def __init__(self, server: DevServer) -> None:
        self.server = server

    def send(self, request: Request) -> Response:
        exchange = self.server.exchange(request)
        if exchange.refused:
            raise ConnectError("could not connect: no route")
        if exchange.delay:
            time.sleep(min(exchange.delay, request.timeout))
        if exchange.delay > request.timeout:
            raise RequestTimeoutError("timed out: no answer")
        if exchange.drop or exchange.truncate is not None:
            raise TransportError("connection lost", sent=True)
        return exchange.response

    async def asend(self, request: Request) -> Response:
        return await asyncio.to_thread(self.send, request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class Hurried:
    """A transport whose time passes faster: what lasts 10 s for the call takes a fraction."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def send(self, request: Request) -> Response:
        return self.inner.send(_hurried(request))

    async def asend(self, request: Request) -> Response:
        return await self.inner.asend(_hurried(request))

    def close(self) -> None:
        self.inner.close()

    async def aclose(self) -> None:
        await self.inner.aclose()


def _hurried(request: Request) -> Request:
    """With less time, unless it reads regions: a busy machine needs more than 50 ms for that."""
    if request.method == "GET":
        return request
    return attrs.evolve(request, timeout=request.timeout / SPEED)


def hurry(api: Any) -> None:
    """Let time pass faster for the calls of this client, and for its transport."""
    channel = api._channel
    open_transport = channel._open_transport
    channel._open_transport = lambda: Hurried(open_transport())
    channel.context = attrs.evolve(channel.context, clock=lambda: time.monotonic() * SPEED)


class Place:
    """A server of one kind: self-hosted at one address, or Cloud with two regions."""

    def __init__(self, name: str) -> None:
        self.name = name
        config = WorldConfig(profile=name, sip_worker=True)
        self.server = DevServer(World(config=config))
        if name == "cloud":
            self.front = RegionalFrontEnd(self.server, ports=(0, 0))
            self.url = self.front.urls[0]
        else:
            self.front = HTTPFrontEnd(self.server)
            self.url = self.front.url
        self.failover = Failover(
            domains=("127.0.0.1",) if name == "cloud" else ("nowhere.invalid",), insecure=True
        )

    def things(self, kind: str, room: str) -> int:
        """How many rooms, dispatches or phone calls there are for this room."""
        world = self.server.world
        if kind == "UNSAFE":
            return sum(call.participant.room.name == room for call in world.calls.all())
        state = world.find_room(room)
        if state is None or kind == "SAFE":
            return int(state is not None)
        return sum(d.agent_name == "clerk" for d in state.dispatches.values())


@attrs.frozen
class Outcome:
    """What one call came to."""

    record: CallRecord
    error: Exception | None
    made: int
    """Rooms, dispatches or phone calls that exist because of it."""


def _call(api: Any, kind: Any, room: str) -> Any:
    if kind is SAFE:
        return api.room.create_room(name=room)
    if kind is KEYED:
        return api.agent_dispatch.create_dispatch(room=room, agent_name="clerk")
    trunk = SIPOutboundConfig(hostname="sip.example.com")
    return api.sip.create_sip_participant(
        trunk=trunk, sip_number="+15105550100", sip_call_to="+15105550123", room_name=room
    )


@contextlib.contextmanager
def _late_listener(server: DevServer) -> Iterator[tuple[str, Any]]:
    """An address that refuses connections, and a hook that has a server listen there."""
    with contextlib.ExitStack() as stack:
        held = stack.enter_context(socket.socket())
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]

        def listen(_: object) -> None:
            stack.enter_context(HTTPFrontEnd(server, port=port))

        yield f"http://127.0.0.1:{port}", listen


def attempt(
    place: Place, face: str, transport: str, kind: Any, row: Any, times: int | None
) -> Outcome:
    """Make one call while a fault strikes so many times; None for always."""
    room = f"room-{next(_numbers)}"
    on_sockets = transport in ("default", *LIBRARIES)
    options: dict[str, Any] = {"failover": place.failover, "trust_env": False}
    place.server.faults.clear()
    with contextlib.ExitStack() as stack:
        url = place.url
        if row.name == "refused" and on_sockets:
            url, listen = stack.enter_context(_late_listener(place.server))
            options["on_retry"] = listen if times else None
        else:
            fault = {"method": METHODS[kind.name], **row.fault}
            place.server.faults.fail(times, **fault)
        if transport == "in-process":
            options["transport"] = InProcessTransport(place.server)
        elif transport == "custom":
            options["transport"] = CustomTransport(place.server)
        run = _run_sync if face == "sync" else _run_async
        record, error = run(url, transport, kind, room, options, hurried=row.slow)
    return Outcome(record, error, place.things(kind.name, room))


def _run_sync(
    url: str, transport: str, kind: Any, room: str, options: dict[str, Any], *, hurried: bool
) -> tuple[CallRecord, Exception | None]:
    error = None
    with contextlib.ExitStack() as stack:
        if transport in LIBRARIES:
            client = LIBRARIES[transport].Client(trust_env=False, verify=False)
            options["transport"] = stack.enter_context(client)
        api = stack.enter_context(SyncLiveKitAPI(url, KEY, SECRET, **options))
        if hurried:
            hurry(api)
        calls = stack.enter_context(api.record_calls())
        try:
            _call(api, kind, room)
        except Exception as caught:
            error = caught
    (record,) = calls
    return record, error


def _run_async(
    url: str, transport: str, kind: Any, room: str, options: dict[str, Any], *, hurried: bool
) -> tuple[CallRecord, Exception | None]:
    async def work() -> tuple[CallRecord, Exception | None]:
        error = None
        async with contextlib.AsyncExitStack() as stack:
            if transport in LIBRARIES:
                client = LIBRARIES[transport].AsyncClient(trust_env=False, verify=False)
                options["transport"] = await stack.enter_async_context(client)
            api = await stack.enter_async_context(LiveKitAPI(url, KEY, SECRET, **options))
            if hurried:
                hurry(api)
            calls = stack.enter_context(api.record_calls())
            try:
                await _call(api, kind, room)
            except Exception as caught:
                error = caught
        (record,) = calls
        return record, error

    return asyncio.run(work())
