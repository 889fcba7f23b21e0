"""A server that draws a fault for each request, and counts what it may have acted on."""

from __future__ import annotations

import random
import socket
from collections import Counter

from tests.call.scripted import ScriptedServer, answer, reset, truncated

TWIRP = "application/json"
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
