"""HTTP responses as plain values, so that one core serves every framework."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


class EndpointResponse(NamedTuple):
    """One HTTP response: unpacks as ``status, headers, body``."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Without the body, which may hold a token."""
        return f"<EndpointResponse {self.status}, {len(self.body)} bytes>"


def json_response(
    status: int, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> EndpointResponse:
    """A response with a JSON object that no cache may keep."""
    all_headers = {"Content-Type": JSON, "Cache-Control": "no-store", **(headers or {})}
    return EndpointResponse(status, all_headers, json.dumps(content).encode())


def error_response(
    status: int,
    error: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    **facts: object,
) -> EndpointResponse:
    """A response ``{"error": …, "message": …}``: a name for programs and a sentence for people."""
    return json_response(status, {"error": error, "message": message, **facts}, headers)


def too_large(limit: int) -> EndpointResponse:
    """The response to a body of more than ``limit`` bytes."""
    return error_response(413, "too_large", f"the body may have at most {limit} bytes")


def calls_coroutine(function: object) -> bool:
    """Whether a function, or an object that is called like one, is a coroutine function."""
    call = getattr(function, "__call__", None)  # noqa: B004 - of an object, its method
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def close_unawaited(pending: object) -> None:
    """Close a coroutine that nobody will await, so that Python does not warn about it."""
    if inspect.iscoroutine(pending):
        pending.close()
