"""A user's own aiohttp session as a transport: its connector holds, and it stays theirs to close.

aiohttp is not imported here; whoever has a session has it.
"""

from __future__ import annotations

import sys
from typing import Any

from lkapi.errors import ConnectError, LiveKitError
from lkapi.transports.base import Request, Response
from lkapi.transports.expiry import Expiry
from lkapi.transports.failures import out_of_time, translate
from lkapi.transports.reading import Collector

_BLOCK = 64 * 1024


class AiohttpTransport:
    """Sends through a user's ``aiohttp.ClientSession``."""

    def __init__(self, session: Any, limit: int) -> None:
        self._session = session
        self._limit = limit
        library: Any = sys.modules["aiohttp"]
        self._no_timeout = library.ClientTimeout(total=None)
        self._foreign: tuple[type[Exception], ...] = (library.ClientError, OSError, ValueError)

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        if self._session.closed:
            raise ConnectError("the aiohttp session that was given has been closed")
        body = Collector(self._limit)
        try:
            with Expiry(request.timeout):
                async with self._session.request(
                    request.method,
                    request.url,
                    headers=dict(request.headers),
                    data=request.content,
                    allow_redirects=False,
                    timeout=self._no_timeout,
                ) as reply:
                    async for chunk in reply.content.iter_chunked(_BLOCK):
                        body.add(chunk)
                    headers = {name.lower(): value for name, value in reply.headers.items()}
                    return Response(reply.status, headers, body.content())
        except LiveKitError:
            raise
        except TimeoutError:
            raise out_of_time(request.timeout, sent=True) from None
        except self._foreign as error:
            raise translate(error, request.timeout) from None

    async def aclose(self) -> None:
        """Leave the session open: it is the user's."""
