"""Posting a webhook to an application in this process, without a socket."""

from __future__ import annotations

import io
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from lkapi.webhook.sender import AsyncPost, Post

__all__ = ["ASGIApplication", "WSGIApplication", "post_to_asgi", "post_to_wsgi"]

ASGIApplication: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""FastAPI, Starlette, Django's ``get_asgi_application()`` …"""
WSGIApplication: TypeAlias = Callable[[Any, Any], Iterable[bytes]]
"""Flask, Django's ``get_wsgi_application()`` …"""


def post_to_asgi(app: ASGIApplication, path: str) -> AsyncPost:
    """A function that posts to a path of an ASGI application and returns the status."""

    async def post(_url: str, headers: Mapping[str, str], body: bytes) -> int:
        statuses: list[int] = []
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await app(_scope(path, headers, body), receive, send)
        if not statuses:
            raise RuntimeError(f"the application did not respond to POST {path}")
        return statuses[0]

    return post


def _scope(path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    sent = {"host": "testserver", "content-length": str(len(body)), **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }


def post_to_wsgi(app: WSGIApplication, path: str) -> Post:
    """A function that posts to a path of a WSGI application and returns the status."""

    def post(_url: str, headers: Mapping[str, str], body: bytes) -> int:
        statuses: list[str] = []

        def start_response(status: str, *_: Any) -> Callable[[bytes], object]:
            statuses.append(status)
            return lambda _written: None

        chunks = app(_environ(path, headers, body), start_response)
        try:
            for _chunk in chunks:
                pass
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if not statuses:
            raise RuntimeError(f"the application did not respond to POST {path}")
        return int(statuses[-1].split(" ", 1)[0])

    return post


def _environ(path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    content_type = named.pop("HTTP_CONTENT_TYPE", "")
    return {
        **named,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
