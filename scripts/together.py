"""lkapi beside livekit-api, livekit-agents, the OpenTelemetry SDK and grpcio, in one process.

``scripts/matrix`` runs it in an environment that has them all. Each is imported and makes a call;
those that speak to a LiveKit server speak to the embedded one.
"""

from __future__ import annotations

import asyncio
from concurrent import futures
from typing import Any

import grpc
from livekit import agents, api as official
from livekit.protocol.room import CreateRoomRequest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import lkapi
from lkapi.devserver import HTTPFrontEnd, World
from lkapi.otel import OpenTelemetry

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"


async def livekit_api(url: str) -> None:
    """The official client makes a room, and lkapi's takes its request message."""
    async with (
        official.LiveKitAPI(url, KEY, SECRET) as theirs,
        lkapi.LiveKitAPI(url, KEY, SECRET) as ours,
    ):
        made = await theirs.room.create_room(CreateRoomRequest(name="theirs"))
        same = await ours.room.create_room(CreateRoomRequest(name="theirs"))
        assert made.sid == same.sid
    token = official.AccessToken(KEY, SECRET).with_identity("ann").to_jwt()
    assert lkapi.TokenVerifier(KEY, SECRET).verify(token).identity == "ann"


def opentelemetry(url: str) -> None:
    """A call of lkapi is a span of the SDK."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    with lkapi.SyncLiveKitAPI(url, KEY, SECRET, telemetry=OpenTelemetry()) as api:
        assert api.room.list_rooms(names=["theirs"]).rooms
    assert any("ListRooms" in span.name for span in spans.get_finished_spans())


def grpcio() -> None:
    """Bytes of lkapi's messages go through a gRPC server of this process."""
    method = grpc.unary_unary_rpc_method_handler(
        lambda request, _: lkapi.Room(name=request.name),
        request_deserializer=lkapi.CreateRoomRequest.from_bytes,
        response_serializer=lkapi.Room.to_bytes,
    )
    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("livekit.Rooms", {"Create": method}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        create: Any = channel.unary_unary(
            "/livekit.Rooms/Create",
            request_serializer=lkapi.CreateRoomRequest.to_bytes,
            response_deserializer=lkapi.Room.from_bytes,
        )
        assert create(lkapi.CreateRoomRequest(name="demo")).name == "demo"
    server.stop(None).wait()


def livekit_agents() -> None:
    """What an agent is made of; running one needs media, which no test server has."""
    context = agents.llm.ChatContext.empty()
    context.add_message(role="user", content="hello")
    assert len(context.items) == 1


def main() -> None:
    with HTTPFrontEnd(World(keys={KEY: SECRET})) as server:
        asyncio.run(livekit_api(server.url))
        opentelemetry(server.url)
    grpcio()
    livekit_agents()
    print("livekit-api, livekit-agents, opentelemetry-sdk and grpcio work beside lkapi")


if __name__ == "__main__":
    main()
