"""A server for tests of the clients: it answers each path as told, and remembers the requests.

It keeps no state of a LiveKit server; it shows what a client sends and does with answers.
"""

from __future__ import annotations

import base64
import inspect
import json
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import attrs

from lkapi.client import LiveKitAPI
from lkapi.methods.info import MethodInfo
from lkapi.rpc.retry import RetryPolicy
from lkapi.sync.client import SyncLiveKitAPI
from lkapi.transports.base import Request, Response

KEY, SECRET = "devkey", "secret-of-the-fake-server-0123456789"
Answer = Any


class FakeServer:
    """A transport of both clients."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, deque[Answer]] = defaultdict(deque)

    def on(self, row: MethodInfo[Any, Any] | str, *answers: Answer) -> None:
        """Answer the next calls so: with a message, a ``Response``, or by raising an exception.

        The last answer holds for all further calls.
        """
        path = row if isinstance(row, str) else row.path
        self._answers[path] = deque(answers)

    def send(self, request: Request) -> Response:
        """Answer one request."""
        self.requests.append(request)
        path = urlsplit(request.url).path
        answers = self._answers.get(path)
        if not answers:
            return refusal(404, "bad_route", f"no answer for {path}")
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Response):
            return answer
        return Response(200, {"content-type": "application/protobuf"}, answer.to_bytes())

    async def asend(self, request: Request) -> Response:
        """Answer one request."""
        return self.send(request)

    def close(self) -> None:
        """Nothing to close."""

    async def aclose(self) -> None:
        """Nothing to close."""

    def sent(self, row: MethodInfo[Any, Any]) -> list[Any]:
        """The requests that one method got, decoded."""
        return [
            row.request.from_bytes(request.content)
            for request in self.requests
            if urlsplit(request.url).path == row.path
        ]


def refusal(status: int, code: str, message: str = "no", **meta: str) -> Response:
    """A Twirp error."""
    body: dict[str, Any] = {"code": code, "msg": message}
    if meta:
        body["meta"] = meta
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


def claims(request: Request) -> dict[str, Any]:
    """The claims of the token that a request carries, unchecked."""
    payload = request.headers["authorization"].removeprefix("Bearer ").split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@attrs.frozen
class Face:
    """One of the two clients, used in the same way from a test."""

    api: Any
    is_async: bool

    async def call(self, method: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a method and give its result."""
        result = method(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def items(self, pager: Any) -> list[Any]:
        """Walk over a pager."""
        return [item async for item in pager] if self.is_async else list(pager)

    async def pages(self, pager: Any) -> list[list[Any]]:
        """Walk over the pages of a pager."""
        pages = pager.pages()
        return [page async for page in pages] if self.is_async else list(pages)


def make_face(
    kind: str, server: Any, url: str = "https://demo.livekit.cloud", **options: Any
) -> Face:
    """A client over the fake server, without waits between attempts."""
    client = {"async": LiveKitAPI, "sync": SyncLiveKitAPI}[kind]
    options.setdefault("retry", RetryPolicy(attempts=1))
    return Face(client(url, KEY, SECRET, transport=server, **options), kind == "async")
