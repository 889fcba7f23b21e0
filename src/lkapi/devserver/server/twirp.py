"""``/twirp/…``: from the request to a remote method to the response of its handler."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lkapi.devserver.faults.interruptions import Interruption, interrupt
from lkapi.devserver.handlers import find_handler
from lkapi.devserver.http import bodies
from lkapi.devserver.http.errors import missing_grant
from lkapi.devserver.http.responses import bad_route, error_response, quote
from lkapi.devserver.server.repeats import RepeatedRequests
from lkapi.errors import APIError, InternalError, UnimplementedError
from lkapi.methods import find_method

if TYPE_CHECKING:
    from lkapi.devserver.faults.faults import Faults
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.handlers.registry import Handler
    from lkapi.devserver.server.incoming import IncomingRequest
    from lkapi.methods.info import Needs
    from lkapi.transports.base import Response

__all__ = ["TwirpEndpoint"]

_log = logging.getLogger("lkapi.devserver")


class TwirpEndpoint:
    """Serves every remote method that has a handler."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._repeats = RepeatedRequests()

    def respond(self, call: Call, incoming: IncomingRequest) -> Response:
        """Serve one request.

        Raises:
            Interruption: ``X-Lk-Mock`` ends the call.
        """
        try:
            return self._serve(call, incoming)
        except Interruption:
            raise
        except APIError as error:
            return error_response(error)
        except Exception:  # noqa: BLE001 - the real server recovers from panics; it is logged
            _log.exception("a handler failed on %s", incoming.target.path)
            return error_response(InternalError("internal", "Internal service panic"))

    def _serve(self, call: Call, incoming: IncomingRequest) -> Response:
        method, path = incoming.method, incoming.target.path
        if method != "POST":
            message = f"unsupported method {quote(method)} (only POST is allowed)"
            raise bad_route(message, method, path)
        handler = find_handler(path)
        row = handler.row if handler is not None else find_method(path)
        if row is None:
            raise bad_route(f"no handler for path {quote(path)}", method, path)
        if incoming.media_type not in (bodies.JSON, bodies.PROTOBUF):
            message = f"unexpected Content-Type: {quote(incoming.content_type)}"
            raise bad_route(message, method, path)
        if handler is None:
            raise UnimplementedError("unimplemented", f"this server does not implement {row}")
        call.deadline = incoming.deadline
        return self._run(call, handler, incoming)

    def _run(self, call: Call, handler: Handler[Any, Any], incoming: IncomingRequest) -> Response:
        row, media_type = handler.row, incoming.media_type
        request = call.request = bodies.decode(row.request, media_type, incoming.content)
        if handler.check_before_grants is not None:
            handler.check_before_grants(request)
        if not incoming.controls.skip_auth:
            _check_grants(call, row.needs(request))
        pinned = self._faults.pinned
        interrupt(
            call,
            incoming.controls,
            row,
            media_type,
            region=incoming.region,
            pinned=pinned,
            server_version=call.world.config.server_version,
        )

        def run() -> Response:
            return bodies.encode(handler.run(call, request), media_type)

        if not call.world.config.cloud:
            return run()
        return self._repeats.respond_once(row.idempotency, incoming, run)


def _check_grants(call: Call, needs: Needs) -> None:
    if call.claims is None or not call.claims.has(needs.as_claims()):
        raise missing_grant()
