"""Calls to the Analytics API of LiveKit Cloud, with the retries of any other call.

The Analytics API is not a Twirp service: it uses GET, and its errors have another form.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode

import attrs

from lkapi.errors import APIError, DecodeError, PlanError
from lkapi.message.wellknown import Empty
from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.rpc.call import Call, Context
from lkapi.rpc.steps import Done, Raise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lkapi.rpc.options import CallOptions
    from lkapi.rpc.steps import Step
    from lkapi.transports.base import Request, Response

__all__ = ["LIST_SESSIONS", "READ_SESSION", "JSONCall", "project_path"]

_LIST = Needs.of(video={"roomList": True})
_PLAN_WORDS: Final = "scale plan"


def _room_list(_: Empty) -> Needs:
    return _LIST


LIST_SESSIONS: Final = MethodInfo(
    service="Analytics",
    name="ListSessions",
    request=Empty,
    response=Empty,
    needs=_room_list,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)
READ_SESSION: Final = MethodInfo(
    service="Analytics",
    name="GetSession",
    request=Empty,
    response=Empty,
    needs=_room_list,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)


def project_path(project_id: str, *parts: str) -> str:
    """``/api/project/p_x/sessions/RM_y``, with each part escaped."""
    return "/api/project/" + "/".join(quote(part, safe="") for part in (project_id, *parts))


class JSONCall(Call[Empty, Any]):
    """One logical GET over all its attempts; ``read`` makes the result from the body."""

    __slots__ = ("_path", "_read")

    def __init__(
        self,
        context: Context,
        method: MethodInfo[Empty, Empty],
        path: str,
        query: Mapping[str, str],
        read: Callable[[bytes], object],
        options: CallOptions,
        timeout: float | None,
    ) -> None:
        super().__init__(context, method, Empty(), options, timeout)
        self._path = f"{path}?{urlencode(query)}" if query else path
        self._read = read

    def next_request(self) -> Request:
        """The next attempt."""
        request = super().next_request()
        headers = {k: v for k, v in request.headers.items() if k != "x-twirp-timeout-ms"}
        headers["content-type"] = "application/json"
        url = request.url.removesuffix(self.method.path) + self._path
        return attrs.evolve(request, method="GET", url=url, headers=headers, content=b"")

    def on_response(self, response: Response) -> Step[Any]:
        """Decide what follows from a response."""
        if response.status == 200:
            try:
                return Done(self._read(response.content))
            except DecodeError as error:
                return self._give_up(error, "HTTP 200, unusable response")
        step = super().on_response(response)
        if isinstance(step, Raise) and isinstance(step.error, APIError):
            return Raise(_with_api_text(step.error))
        return step


def _with_api_text(error: APIError) -> APIError:
    """The error with the API's error text; a ``PlanError`` for a plan restriction."""
    error.message = _error_text(error.message)
    if error.status in (401, 403) and _PLAN_WORDS in error.message.lower():
        plan = PlanError(error.code, error.message)
        vars(plan).update(vars(error))
        return plan
    return error


def _error_text(text: str) -> str:
    """The error text of a JSON body such as ``{"error": "…"}``; any other body as it is."""
    try:
        body: object = json.loads(text)
    except ValueError:
        return text
    if not isinstance(body, dict):
        return text
    fields = cast("dict[str, object]", body)
    for name in ("message", "msg", "error"):
        if isinstance(found := fields.get(name), str):
            return found
    return text
