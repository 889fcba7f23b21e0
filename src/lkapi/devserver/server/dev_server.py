"""The embedded server without sockets: one HTTP request in, one answer out.

The front ends (in-process transport, threaded HTTP, ASGI) only carry bytes and sit out the waits.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import attrs

from lkapi.devserver.faults.controls import Controls, read_controls
from lkapi.devserver.faults.interruptions import Interruption, interrupt
from lkapi.devserver.faults.rules import Fault, Faults, Seen
from lkapi.devserver.handlers import Handler, find_handler
from lkapi.devserver.handlers.call import Call
from lkapi.devserver.http import bodies, responses
from lkapi.devserver.http.claims import Claims, TokenRefused, read_bearer
from lkapi.devserver.http.refusals import no_grant
from lkapi.devserver.http.regions import REGION_HEADER, answer_regions, find_region
from lkapi.devserver.http.routes import TWIRP, Target, read_target, redirected_path
from lkapi.devserver.server.analytics import PROJECTS, answer_analytics
from lkapi.devserver.server.exchange import Exchange
from lkapi.devserver.server.services import served
from lkapi.devserver.server.validate import VALIDATE_PATHS, answer_validate
from lkapi.devserver.world import World
from lkapi.errors import APIError, InternalError, UnimplementedError
from lkapi.methods import find_method
from lkapi.methods.info import Idempotency, Needs
from lkapi.transports.base import Request, Response

__all__ = ["DevServer", "Incoming"]

_log = logging.getLogger("lkapi.devserver")
_SOCKETS: Final = frozenset({"/rtc", "/rtc/v1", "/agent"})
_REMEMBERED: Final = 10_000
_REGIONS: Final = "/settings/regions"
_NO_FAULT: Final = Fault()
_NOTHING: Final = Response(502)
"""Stands in an exchange for the answer that is not given."""


@attrs.frozen
class Incoming:
    """A request, taken to pieces."""

    method: str
    target: Target
    headers: dict[str, str]
    content: bytes
    url: str
    region: int
    controls: Controls

    @property
    def name(self) -> str:
        """``RoomService/CreateRoom``, or the path of anything else."""
        return self.target.path.removeprefix(TWIRP)


class DevServer:
    """A LiveKit server in this process, over a world.

    Any number of threads and event loops may use one server.
    """

    _names_region: ClassVar[bool] = False
    """Whether every answer says which region served."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.faults = Faults()
        """What goes wrong on purpose, and what was seen of calls."""
        self.origins: tuple[str, ...] = self.world.config.regions
        """Origins of the regions that this server stands for, the primary one first."""
        self._answered: OrderedDict[tuple[str, str, bytes], Response] = OrderedDict()

    def __repr__(self) -> str:
        return f"<DevServer over {self.world!r}>"

    def handle(self, request: Request) -> Response:
        """Answer a request, having waited as long as the world's clock asks; never raises."""
        exchange = self.exchange(request)
        if exchange.delay:
            time.sleep(exchange.delay)
        return exchange.response

    def exchange(self, request: Request) -> Exchange:
        """Answer a request at once, saying how long its caller should wait; never raises."""
        call = Call(world=self.world, clock=self.world.clock)
        with self.world.lock:
            try:
                incoming = self._read(request)
            except ValueError:
                return Exchange(responses.answer_text(400, "400 Bad Request"))
            fault = self.faults.take(incoming.name, incoming.region) or _NO_FAULT
            response = self._strike(call, incoming, fault)
        origin = incoming.headers.get("origin", "")
        return Exchange(
            responses.finish(response or _NOTHING, incoming.method, origin),
            call.waited,
            call.delay,
            drop=response is None,
            refused=fault.drop == "connect",
            truncate=fault.truncate,
        )

    def _read(self, request: Request) -> Incoming:
        headers = {name.lower(): value.strip(" \t") for name, value in request.headers.items()}
        return Incoming(
            method=request.method,
            target=read_target(request.url),
            headers=headers,
            content=request.content,
            url=request.url,
            region=find_region(request.url, headers.get("host", ""), self.origins),
            controls=read_controls(headers),
        )

    def _strike(self, call: Call, incoming: Incoming, fault: Fault) -> Response | None:
        """The answer, or none, under a fault; and a note of the call."""
        if fault.delay:
            call.hold(fault.delay)
        cut_off = fault.drop in ("connect", "before")
        instead = None if cut_off else fault.make_answer()
        acts = instead is None and not cut_off
        response = instead
        if acts:
            try:
                response = self._answer(call, incoming)
            except Interruption as interruption:
                acts, response = False, interruption.response
        request_id = incoming.headers.get("x-livekit-request-id", "")
        if fault.drop != "connect":
            self.faults.seen.append(Seen(incoming.name, incoming.region, request_id, acts))
        if fault.drop or response is None:
            return None
        return self._name_region(incoming, response)

    def _name_region(self, incoming: Incoming, response: Response) -> Response:
        """Say which region served, where there are several or somebody asks for faults."""
        twirp = incoming.target.path.startswith("/twirp/")
        good = response.status == 200
        concerned = twirp or (good and incoming.name == _REGIONS)
        several = self._names_region or len(self.origins) > 1 or incoming.controls.asked
        if not (concerned and several):
            return response
        named = {REGION_HEADER: str(incoming.region) if good else "", **response.headers}
        return Response(response.status, named, response.content)

    def _answer(self, call: Call, incoming: Incoming) -> Response:
        headers, target = incoming.headers, incoming.target
        if incoming.method == "OPTIONS" and headers.get("access-control-request-method"):
            return responses.answer_preflight(headers)
        try:
            call.claims = self._read_claims(incoming)
        except TokenRefused as error:
            if not incoming.controls.skip_auth:
                return _allow_any(target, responses.answer_text(401, str(error)))
        return _allow_any(target, self._route(call, incoming))

    def _read_claims(self, incoming: Incoming) -> Claims | None:
        query_token = incoming.target.query.get("access_token", "")
        token = read_bearer(incoming.headers.get("authorization", ""), query_token)
        return self.world.read_token(token) if token else None

    def _route(self, call: Call, incoming: Incoming) -> Response:
        target, path, config = incoming.target, incoming.target.path, self.world.config
        services = served(config)
        location = redirected_path(target, services)
        if location is not None:
            return responses.answer_redirect(incoming.method, location)
        if target.service in services and path.startswith(f"{TWIRP}{target.service}/"):
            return self._twirp(call, incoming)
        if path in VALIDATE_PATHS:
            return answer_validate(self.world, call.claims, path, target.query)
        if path == "/":
            return responses.answer_text(200, "OK")
        if path.startswith(PROJECTS) and config.cloud:
            return answer_analytics(self.world, call.claims, incoming.method, target)
        if path == _REGIONS and config.cloud:
            return self._list_regions(incoming)
        return _answer_elsewhere(incoming)

    def _list_regions(self, incoming: Incoming) -> Response:
        controls = incoming.controls
        if controls.regions_status != 200:
            return Response(controls.regions_status)
        host = incoming.headers.get("host") or urlsplit(incoming.url).netloc
        own = (f"http://{host or '127.0.0.1'}",)
        return answer_regions(self.origins or own, controls.pinned or self.faults.pinned)

    def _twirp(self, call: Call, incoming: Incoming) -> Response:
        try:
            return self._serve(call, incoming)
        except Interruption:
            raise
        except APIError as error:
            return responses.answer_error(error)
        except Exception:  # noqa: BLE001 - told as the real server tells a panic, and logged
            _log.exception("a handler failed on %s", incoming.target.path)
            return responses.answer_error(InternalError("internal", "Internal service panic"))

    def _serve(self, call: Call, incoming: Incoming) -> Response:
        method, path = incoming.method, incoming.target.path
        if method != "POST":
            message = f"unsupported method {responses.quote(method)} (only POST is allowed)"
            raise responses.bad_route(message, method, path)
        handler, row = find_handler(path), find_method(path)
        if row is None:
            message = f"no handler for path {responses.quote(path)}"
            raise responses.bad_route(message, method, path)
        said = incoming.headers.get("content-type", "")
        content_type = said.partition(";")[0].strip().lower()
        if content_type not in (bodies.JSON, bodies.PROTOBUF):
            message = f"unexpected Content-Type: {responses.quote(said)}"
            raise responses.bad_route(message, method, path)
        if handler is None:
            raise UnimplementedError("unimplemented", f"this server cannot do {row}")
        call.deadline = _read_deadline(incoming.headers.get("x-twirp-timeout-ms", ""))
        return self._run(call, handler, incoming, content_type)

    def _run(
        self, call: Call, handler: Handler[Any, Any], incoming: Incoming, content_type: str
    ) -> Response:
        row = handler.row
        request = bodies.decode(row.request, content_type, incoming.content)
        if handler.check_first is not None:
            handler.check_first(request)
        needs = (handler.demands or row.needs)(request)
        self._check_grants(call, incoming.controls, needs)
        interrupt(
            call,
            incoming.controls,
            row,
            content_type,
            region=incoming.region,
            pinned=self.faults.pinned,
        )
        known = self._recognize(row.idempotency, incoming)
        if known is not None and known in self._answered:
            return self._answered[known]
        response = bodies.encode(handler.run(call, request), content_type)
        if known is not None:
            self._remember(known, response)
        return response

    def _check_grants(self, call: Call, controls: Controls, needs: Needs) -> None:
        if controls.skip_auth:
            return
        if call.claims is None or not call.claims.has(needs.as_claims()):
            raise no_grant()

    def _recognize(
        self, idempotency: Idempotency, incoming: Incoming
    ) -> tuple[str, str, bytes] | None:
        """What a repeated request is known by; only LiveKit Cloud de-duplicates by request id."""
        request_id = incoming.headers.get("x-livekit-request-id", "")
        if not (self.world.config.cloud and request_id and idempotency is Idempotency.KEYED):
            return None
        return request_id, incoming.target.path, hashlib.sha256(incoming.content).digest()

    def _remember(self, known: tuple[str, str, bytes], response: Response) -> None:
        self._answered[known] = response
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)


def _allow_any(target: Target, response: Response) -> Response:
    """``/rtc/validate`` may be asked by any page, also when it refuses (recorded behaviour 53)."""
    if target.path not in VALIDATE_PATHS:
        return response
    headers = {**response.headers, "access-control-allow-origin": "*"}
    return Response(response.status, headers, response.content)


def _read_deadline(text: str) -> float | None:
    """Seconds of ``X-Twirp-Timeout-Ms``; nonsense counts as absent (recorded behaviour 9)."""
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return None
    return int(text) / 1000 or None


def _answer_elsewhere(incoming: Incoming) -> Response:
    """Paths of the real server's other ends, which need a socket or are not served here."""
    path = incoming.target.path
    if path in _SOCKETS:
        wants_socket = incoming.headers.get("upgrade", "").lower() == "websocket"
        return responses.answer_text(501, "no WebSocket here") if wants_socket else Response(404)
    if path == "/whip/v1":
        known = incoming.method == "GET"
        return Response(204) if known else responses.answer_text(501, "no WHIP here")
    return responses.answer_page_not_found()
