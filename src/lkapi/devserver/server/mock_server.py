"""A stateless server that answers as the official test server for SDKs does.

Unlike ``DevServer`` it knows no rooms, answers 403 for a missing grant and JSON for a bad token,
and makes up what it responses. With it, test suites written for that server pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from lkapi.devserver.faults.controls import DIALS
from lkapi.devserver.faults.interruptions import interrupt
from lkapi.devserver.http import bodies, responses
from lkapi.devserver.http.claims import TokenRefused, read_bearer
from lkapi.devserver.server.dev_server import DevServer, Incoming
from lkapi.devserver.server.echo import echo
from lkapi.errors import APIError, PermissionDeniedError, UnauthenticatedError
from lkapi.methods import find_method
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.http.claims import Claims
    from lkapi.methods.info import MethodInfo

__all__ = ["MockServer"]

_SERVICES: Final = frozenset({"RoomService", "Egress", "Ingress", "SIP", "Connector"})
_HALF_KNOWN: Final = "AgentDispatchService"
"""Its grants are checked, its messages unknown: the room is not compared, the answer empty."""
_DIAL_SECONDS: Final = 11.0
"""Latency of a dial that waits for the answer, and of a transfer."""


class MockServer(DevServer):
    """The official test server's behaviour, over the same front ends as ``DevServer``.

    The world only lends its API keys and its clock.
    """

    _names_region: ClassVar[bool] = True

    def _answer(self, call: Call, incoming: Incoming) -> Response:
        path = incoming.target.path
        if path.startswith("/twirp/"):
            return self._echo(call, incoming)
        if path == "/settings/regions":
            return self._list_regions(incoming)
        if path in ("/", "/_test/health"):
            return responses.answer_text(200, "ok")
        return responses.answer_page_not_found()

    def _echo(self, call: Call, incoming: Incoming) -> Response:
        row, content_type = _find_row(incoming.target.path), _encoding(incoming)
        try:
            if row is None:
                interrupt(call, incoming.controls, None, content_type, region=incoming.region)
                return _answer_empty(content_type)
            free = incoming.controls.skip_auth
            claims = None if free else self._read_any_claims(incoming)
            request = bodies.decode(row.request, content_type, incoming.content)
            if claims is not None:
                _authorize(row, request, claims)
            if _is_slow(row, request) and incoming.controls.delay_ms is None:
                call.hold(_DIAL_SECONDS)
            interrupt(call, incoming.controls, row, content_type, region=incoming.region)
            return _answer_echo(row, request, content_type)
        except APIError as error:
            return responses.answer_error(error)

    def _read_any_claims(self, incoming: Incoming) -> Claims:
        authorization = incoming.headers.get("authorization", "")
        try:
            return self.world.read_token(read_bearer(authorization, ""))
        except TokenRefused:
            raise UnauthenticatedError("unauthenticated", "mock: unauthenticated") from None


def _authorize(row: MethodInfo[Any, Any], request: Any, claims: Claims) -> None:
    """Check the grants; a destination that is not named is not compared."""
    needs = row.needs(request).as_claims()
    if row.service == _HALF_KNOWN:
        needs["video"].pop("room", None)
    if needs.get("video", {}).get("destinationRoom") == "":
        del needs["video"]["destinationRoom"]
    if not claims.has(needs):
        raise PermissionDeniedError("permission_denied", "mock: permission_denied")


def _find_row(path: str) -> MethodInfo[Any, Any] | None:
    row = find_method(path)
    known = row is not None and (row.service in _SERVICES or row.service == _HALF_KNOWN)
    return row if known else None


def _encoding(incoming: Incoming) -> str:
    said = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bodies.PROTOBUF if said == bodies.PROTOBUF else bodies.JSON


def _is_slow(row: MethodInfo[Any, Any], request: Any) -> bool:
    return str(row) in DIALS and bool(getattr(request, "wait_until_answered", True))


def _answer_empty(content_type: str) -> Response:
    body = b"" if content_type == bodies.PROTOBUF else b"{}"
    return Response(200, {"content-type": content_type}, body)


def _answer_echo(row: MethodInfo[Any, Any], request: Any, content_type: str) -> Response:
    if row.service == _HALF_KNOWN:
        return _answer_empty(content_type)
    return bodies.encode_sparse(echo(row, request), content_type)
