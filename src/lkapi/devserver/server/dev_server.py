"""The embedded server without sockets: one HTTP request in, one response out.

The front ends (in-process transport, threaded HTTP, ASGI) transfer bytes and do the waiting.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlsplit

from lkapi.devserver.faults.faults import Fault, Faults, SeenCall
from lkapi.devserver.faults.interruptions import Interruption
from lkapi.devserver.handlers.call import Call
from lkapi.devserver.http import responses
from lkapi.devserver.http.claims import Claims, TokenRefused, read_bearer
from lkapi.devserver.http.regions import REGION_HEADER, regions_response
from lkapi.devserver.http.routes import TWIRP, Target, redirected_path
from lkapi.devserver.server.analytics import PROJECTS, analytics_response
from lkapi.devserver.server.exchange import Exchange
from lkapi.devserver.server.incoming import IncomingRequest, read_incoming
from lkapi.devserver.server.services import served
from lkapi.devserver.server.twirp import TwirpEndpoint
from lkapi.devserver.server.validate import VALIDATE_PATHS, validate_response
from lkapi.devserver.server.watching import Watcher, describe
from lkapi.devserver.world import World
from lkapi.transports.base import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DevServer"]

_SOCKETS: Final = frozenset({"/rtc", "/rtc/v1", "/agent"})
_REGIONS: Final = "/settings/regions"
_NO_FAULT: Final = Fault()
_NO_RESPONSE: Final = Response(502)
"""Fills the exchange of a request that gets no response."""


class DevServer:
    """A LiveKit server in this process, with a world as its state.

    Any number of threads and event loops may use one server.
    """

    _always_names_region: ClassVar[bool] = False
    """Whether responses name the serving region, even if there is only one."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.faults = Faults()
        """The faults that are set, and the calls that reached the server."""
        self.origins: tuple[str, ...] = self.world.config.regions
        """Origins of this server's regions, the primary one first."""
        self._twirp = TwirpEndpoint(self.faults)
        self._watchers: tuple[Watcher, ...] = ()

    def __repr__(self) -> str:
        return f"<DevServer over {self.world!r}>"

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call a function with each request that has been served, in the request's thread.

        Returns:
            A function that removes it.
        """
        self._watchers = (*self._watchers, watcher)

        def end() -> None:
            self._watchers = tuple(each for each in self._watchers if each is not watcher)

        return end

    def handle(self, request: Request) -> Response:
        """Serve a request, and sleep as long as the world's clock requires. Never raises."""
        exchange = self.exchange(request)
        if exchange.delay:
            time.sleep(exchange.delay)
        return exchange.response

    def exchange(self, request: Request) -> Exchange:
        """Serve a request without sleeping; the exchange says how long to delay. Never raises."""
        call = Call(world=self.world, clock=self.world.clock)
        began = time.perf_counter()
        with self.world.lock:
            try:
                incoming = read_incoming(request, self.origins)
            except ValueError:
                return Exchange(responses.text_response(400, "400 Bad Request"))
            fault = self.faults.take(incoming.name, incoming.region) or _NO_FAULT
            response = self._respond_with_faults(call, incoming, fault)
        origin = incoming.headers.get("origin", "")
        exchange = Exchange(
            responses.finish_response(response or _NO_RESPONSE, incoming.method, origin),
            call.waited,
            call.delay,
            drop=response is None,
            refused=fault.drop == "connect",
            truncate=fault.truncate,
        )
        for watcher in self._watchers:
            watcher(describe(incoming, call, exchange, time.perf_counter() - began))
        return exchange

    def _respond_with_faults(
        self, call: Call, incoming: IncomingRequest, fault: Fault
    ) -> Response | None:
        """The response under a fault, None for a dropped connection; notes the call as seen."""
        if fault.delay:
            call.hold(fault.delay)
        never_served = fault.drop in ("connect", "before")
        response = None if never_served else fault.make_response()
        acts = response is None and not never_served
        if acts:
            try:
                response = self._respond(call, incoming)
            except Interruption as interruption:
                acts, response = False, interruption.response
        if fault.drop != "connect":
            seen = SeenCall(incoming.name, incoming.region, incoming.request_id, acts)
            self.faults.seen.append(seen)
        if fault.drop or response is None:
            return None
        return self._name_region(incoming, response)

    def _name_region(self, incoming: IncomingRequest, response: Response) -> Response:
        """Name the serving region, if there are several or the request asks for faults."""
        twirp = incoming.target.path.startswith("/twirp/")
        success = response.status == 200
        has_region = twirp or (success and incoming.name == _REGIONS)
        wanted = self._always_names_region or len(self.origins) > 1 or incoming.controls.present
        if not (has_region and wanted):
            return response
        headers = {REGION_HEADER: str(incoming.region) if success else "", **response.headers}
        return Response(response.status, headers, response.content)

    def _respond(self, call: Call, incoming: IncomingRequest) -> Response:
        headers, target = incoming.headers, incoming.target
        if incoming.method == "OPTIONS" and headers.get("access-control-request-method"):
            return responses.preflight_response(headers)
        try:
            call.claims = self._read_claims(incoming)
        except TokenRefused as error:
            call.bad_token = str(error)
            if not incoming.controls.skip_auth:
                return _allow_any_origin(target, responses.text_response(401, str(error)))
        return _allow_any_origin(target, self._route(call, incoming))

    def _read_claims(self, incoming: IncomingRequest) -> Claims | None:
        query_token = incoming.target.query.get("access_token", "")
        token = read_bearer(incoming.headers.get("authorization", ""), query_token)
        return self.world.read_token(token) if token else None

    def _route(self, call: Call, incoming: IncomingRequest) -> Response:
        target, path, config = incoming.target, incoming.target.path, self.world.config
        services = served(config)
        location = redirected_path(target, services)
        if location is not None:
            return responses.redirect_response(incoming.method, location)
        if target.service in services and path.startswith(f"{TWIRP}{target.service}/"):
            return self._twirp.respond(call, incoming)
        if path in VALIDATE_PATHS:
            return validate_response(self.world, call.claims, path, target.query)
        if path == "/":
            return responses.text_response(200, "OK")
        if path.startswith(PROJECTS) and config.cloud:
            return analytics_response(self.world, call.claims, incoming.method, target)
        if path == _REGIONS and config.cloud:
            return self._list_regions(incoming)
        return _other_path_response(incoming)

    def _list_regions(self, incoming: IncomingRequest) -> Response:
        controls = incoming.controls
        if controls.regions_status != 200:
            return Response(controls.regions_status)
        host = incoming.headers.get("host") or urlsplit(incoming.url).netloc
        own = (f"http://{host or '127.0.0.1'}",)
        return regions_response(self.origins or own, controls.pinned or self.faults.pinned)


def _allow_any_origin(target: Target, response: Response) -> Response:
    """Any web page may call ``/rtc/validate`` and read its errors (recorded behaviour 53)."""
    if target.path not in VALIDATE_PATHS:
        return response
    headers = {**response.headers, "access-control-allow-origin": "*"}
    return Response(response.status, headers, response.content)


def _other_path_response(incoming: IncomingRequest) -> Response:
    """Paths of the real server that need a socket, or that are not served here."""
    path = incoming.target.path
    if path in _SOCKETS:
        wants_socket = incoming.headers.get("upgrade", "").lower() == "websocket"
        return responses.text_response(501, "no WebSocket here") if wants_socket else Response(404)
    if path == "/whip/v1":
        known = incoming.method == "GET"
        return Response(204) if known else responses.text_response(501, "no WHIP here")
    return responses.page_not_found()
