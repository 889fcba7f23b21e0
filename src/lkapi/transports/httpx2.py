"""A user's own httpx2 or httpx client as a transport: its settings apply, and the user closes it.

Both libraries have the same methods and the same names of exceptions; neither is imported here.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from lkapi.errors import ConnectError, LiveKitError
from lkapi.transports.base import Request, Response
from lkapi.transports.deadline import Deadline
from lkapi.transports.failures import out_of_time, translate
from lkapi.transports.reading import Collector


def _foreign(client: object) -> tuple[type[Exception], ...]:
    """What the client's library raises, and what it passes on from lower layers."""
    for kind in type(client).__mro__:
        name = kind.__module__.partition(".")[0]
        if name in ("httpx", "httpx2"):
            library: Any = sys.modules[name]
            return (library.HTTPError, library.InvalidURL, library.StreamError, OSError)
    return (OSError,)


def _arguments(request: Request) -> dict[str, Any]:
    return {
        "headers": dict(request.headers),
        "content": request.content,
        "timeout": request.timeout,
        "follow_redirects": False,
    }


def _check_open(client: Any) -> None:
    if client.is_closed:
        raise ConnectError("the httpx client that was passed as transport= is closed")


def _answer(reply: Any, content: bytes) -> Response:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Response(reply.status_code, headers, content)


class SyncClientTransport:
    """Sends through a user's ``httpx2.Client`` or ``httpx.Client``.

    The total time is checked between the parts of a response; one part may take the whole time.
    """

    def __init__(self, client: Any, limit: int) -> None:
        self._client = client
        self._limit = limit
        self._foreign = _foreign(client)

    def send(self, request: Request) -> Response:
        """Carry out one exchange."""
        _check_open(self._client)
        end = time.monotonic() + request.timeout
        body = Collector(self._limit)
        try:
            with self._client.stream(request.method, request.url, **_arguments(request)) as reply:
                for chunk in reply.iter_bytes():
                    body.add(chunk)
                    if time.monotonic() > end:
                        raise out_of_time(request.timeout, sent=True)
                return _answer(reply, body.content())
        except LiveKitError:
            raise
        except self._foreign as error:
            raise translate(error, request.timeout) from None

    def close(self) -> None:
        """Leave the client open: it is the user's."""


class AsyncClientTransport:
    """Sends through a user's ``httpx2.AsyncClient`` or ``httpx.AsyncClient``."""

    def __init__(self, client: Any, limit: int) -> None:
        self._client = client
        self._limit = limit
        self._foreign = _foreign(client)

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        _check_open(self._client)
        body = Collector(self._limit)
        try:
            with Deadline(request.timeout):
                async with self._client.stream(
                    request.method, request.url, **_arguments(request)
                ) as reply:
                    async for chunk in reply.aiter_bytes():
                        body.add(chunk)
                    return _answer(reply, body.content())
        except LiveKitError:
            raise
        except TimeoutError:
            raise out_of_time(request.timeout, sent=True) from None
        except self._foreign as error:
            raise translate(error, request.timeout) from None

    async def aclose(self) -> None:
        """Leave the client open: it is the user's."""
