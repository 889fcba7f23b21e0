"""A server that answers every POST with one canned Room over keep-alive, as fast as asyncio can.

Usage: python -m benchmarks._responder [certificate key]
"""

from __future__ import annotations

import asyncio
import ssl
import sys

from livekit.protocol.models import Room

_BODY = Room(
    sid="RM_abcdefghijkl", name="demo", empty_timeout=600, creation_time=1_700_000_000
).SerializeToString()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\n"
    b"Date: Mon, 23 Nov 2026 04:00:00 GMT\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
) + _BODY


class Responder(asyncio.Protocol):
    """Reads as much of HTTP as the benchmark's clients write."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        waiting = self.waiting + data
        while (end := waiting.find(b"\r\n\r\n")) >= 0:
            head = waiting[:end].lower() + b"\r\n"
            at = head.index(b"content-length:") + 15
            length = int(head[at : head.index(b"\r\n", at)])
            if len(waiting) < end + 4 + length:
                break
            waiting = waiting[end + 4 + length :]
            self.transport.write(_ANSWER)
        self.waiting = waiting


async def main(*certificate: str) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Responder, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
