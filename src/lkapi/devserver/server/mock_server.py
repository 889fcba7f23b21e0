"""A stateless server that behaves like the official test server for SDKs.

Unlike ``DevServer`` it has no rooms, responds with 403 to a missing grant and with JSON to a bad
token, and makes its responses from the requests. Test suites written for that server pass with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from lkapi.devserver.faults.controls import DIALS
from lkapi.devserver.faults.interruptions import interrupt
from lkapi.devserver.http import bodies, responses
from lkapi.devserver.http.claims import TokenRefused, read_bearer
from lkapi.devserver.server.dev_server import DevServer
from lkapi.devserver.server.echo import echo
from lkapi.errors import APIError, PermissionDeniedError, UnauthenticatedError
from lkapi.methods import find_method
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.server.incoming import IncomingRequest
    from lkapi.methods.info import MethodInfo

__all__ = ["MockServer"]

_SERVICES: Final = frozenset({"RoomService", "Egress", "Ingress", "SIP", "Connector"})
_DISPATCH_SERVICE: Final = "AgentDispatchService"
"""Its grants are checked without the room, and its responses are empty."""
_DIAL_SECONDS: Final = 11.0
"""Latency of a dial that waits until the call is answered, and of a transfer."""


class MockServer(DevServer):
    """Behaves like the official test server; works with the same front ends as ``DevServer``.

    It uses only the API keys and the clock of the world.
    """

    _always_names_region: ClassVar[bool] = True

    def _respond(self, call: Call, incoming: IncomingRequest) -> Response:
        path = incoming.target.path
        if path.startswith("/twirp/"):
            return self._echo(call, incoming)
        if path == "/settings/regions":
            return self._list_regions(incoming)
        if path in ("/", "/_test/health"):
            return responses.text_response(200, "ok")
        return responses.page_not_found()

    def _echo(self, call: Call, incoming: IncomingRequest) -> Response:
        row, content_type = _find_row(incoming.target.path), _encoding(incoming)
        try:
            if row is None:
                interrupt(call, incoming.controls, None, content_type, region=incoming.region)
                return _empty_response(content_type)
            skip_auth = incoming.controls.skip_auth
            claims = call.claims = None if skip_auth else self._read_claims_or_refuse(incoming)
            request = call.request = bodies.decode(row.request, content_type, incoming.content)
            if claims is not None:
                _authorize(row, request, claims)
            if _is_slow(row, request) and incoming.controls.delay_ms is None:
                call.hold(_DIAL_SECONDS)
            interrupt(
                call,
                incoming.controls,
                row,
                content_type,
                region=incoming.region,
                server_version=self.world.config.server_version,
            )
            return _echo_response(row, request, content_type)
        except APIError as error:
            return responses.error_response(error)

    def _read_claims_or_refuse(self, incoming: IncomingRequest) -> Claims:
        authorization = incoming.headers.get("authorization", "")
        try:
            return self.world.read_token(read_bearer(authorization, ""))
        except TokenRefused:
            raise UnauthenticatedError("unauthenticated", "mock: unauthenticated") from None


def _authorize(row: MethodInfo[Any, Any], request: Any, claims: Claims) -> None:
    """Check the grants; a destination that is not set is not compared."""
    needs = row.needs(request).as_claims()
    if row.service == _DISPATCH_SERVICE:
        needs["video"].pop("room", None)
    if needs.get("video", {}).get("destinationRoom") == "":
        del needs["video"]["destinationRoom"]
    if not claims.has(needs):
        raise PermissionDeniedError("permission_denied", "mock: permission_denied")


def _find_row(path: str) -> MethodInfo[Any, Any] | None:
    row = find_method(path)
    known = row is not None and (row.service in _SERVICES or row.service == _DISPATCH_SERVICE)
    return row if known else None


def _encoding(incoming: IncomingRequest) -> str:
    return bodies.PROTOBUF if incoming.media_type == bodies.PROTOBUF else bodies.JSON


def _is_slow(row: MethodInfo[Any, Any], request: Any) -> bool:
    return str(row) in DIALS and bool(getattr(request, "wait_until_answered", True))


def _empty_response(content_type: str) -> Response:
    body = b"" if content_type == bodies.PROTOBUF else b"{}"
    return Response(200, {"content-type": content_type}, body)


def _echo_response(row: MethodInfo[Any, Any], request: Any, content_type: str) -> Response:
    if row.service == _DISPATCH_SERVICE:
        return _empty_response(content_type)
    return bodies.encode_sparse(echo(row, request), content_type)
