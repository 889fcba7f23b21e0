"""The client: settings, services, lifetime."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from lkapi.bulk.methods import BulkMethods
from lkapi.errors import SettingsError
from lkapi.errors.base import hides_locals
from lkapi.rpc.call import Context
from lkapi.rpc.channel import Channel
from lkapi.rpc.concurrency import AsyncOnly
from lkapi.rpc.observe import Hooks
from lkapi.rpc.options import CallOptions, check_headers
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import RetryPolicy
from lkapi.rpc.tokens import TokenSource
from lkapi.services._requests import build_request
from lkapi.settings import DEFAULT_TIMEOUT, Settings, to_seconds
from lkapi.transports import HTTPOptions, Limits, adopt_async, open_async

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.methods.info import MethodInfo, Req, Res
    from lkapi.rpc.observe import Telemetry
    from lkapi.rpc.records import CallRecord, RequestInfo, ResponseInfo, RetryInfo
    from lkapi.services.agent_dispatch import AgentDispatchService
    from lkapi.services.agent_simulation import AgentSimulationService
    from lkapi.services.analytics import AnalyticsService
    from lkapi.services.cloud_agent import CloudAgentService
    from lkapi.services.connector import ConnectorService
    from lkapi.services.egress import EgressService
    from lkapi.services.ingress import IngressService
    from lkapi.services.phone_number import PhoneNumberService
    from lkapi.services.replay import ReplayService
    from lkapi.services.room import RoomService
    from lkapi.services.sip import SipService
    from lkapi.settings import Seconds

__all__ = ["LiveKitAPI"]


class LiveKitAPI(BulkMethods, AsyncOnly):
    """The client for every server API of one LiveKit server or LiveKit Cloud project.

    ::

        async with lkapi.LiveKitAPI() as api:
            room = await api.room.create_room(name="demo")

    It opens no connection before the first call, so you can create it at import time, keep it for
    the life of the program and share it. Closing it closes the connections at once; a client that
    is not closed closes them when it is garbage-collected.

    Args:
        url: ``wss://example.livekit.cloud`` or ``localhost:7880``; default LIVEKIT_URL.
        api_key: default LIVEKIT_API_KEY.
        api_secret: default LIVEKIT_API_SECRET.
        token: a ready-made access token to send with each call; default LIVEKIT_TOKEN.
        timeout: seconds that a call may take in total, retries included; 10 by default.
        session: an ``aiohttp.ClientSession`` to send through; you close it.
        failover: whether calls to LiveKit Cloud move to another region when one fails.
        retry: how often a failed call is tried, and how long to wait in between.
        headers: extra headers of every request.
        transport: your own httpx or httpx2 client (you close it), or an object with ``asend``
            and ``aclose``; without it, calls go over aiohttp.
        verify: whether the server's certificate is checked.
        ca_file: PEM file of the authorities to trust instead of the system's.
        ssl_context: used instead of ``verify`` and ``ca_file``.
        proxy: url of a proxy, used instead of the environment's.
        trust_env: whether the environment's proxy settings are used.
        limits: how many connections are kept.
        on_request: called before each attempt.
        on_response: called after each response.
        on_retry: called before each retry.
        telemetry: observes each call from start to end, ``lkapi.otel.OpenTelemetry()`` for example.

    Raises:
        SettingsError: the url, a credential or an option is missing or not valid.
    """

    _is_copy = False

    _channel: Channel
    _options: CallOptions

    @hides_locals
    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        token: str | None = None,
        timeout: Seconds | Any | None = None,
        session: Any | None = None,
        failover: bool | Failover = True,
        retry: RetryPolicy | None = None,
        headers: Mapping[str, str] | None = None,
        transport: Any | None = None,
        verify: bool = True,
        ca_file: str | os.PathLike[str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        limits: Limits | None = None,
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        if session is not None and transport is not None:
            raise SettingsError("give session= or transport=, not both")
        settings = Settings.resolve(url, api_key, api_secret, token=token)
        http = HTTPOptions(
            verify=verify,
            ca_file=ca_file,
            ssl_context=ssl_context,
            proxy=proxy,
            trust_env=trust_env,
            limits=limits or Limits(),
        )
        self._options = CallOptions(
            timeout=to_seconds(timeout) or DEFAULT_TIMEOUT,
            retry=retry or RetryPolicy(),
            headers=check_headers(headers or {}),
            hooks=Hooks(on_request, on_response, on_retry, telemetry),
        )
        rules = failover if isinstance(failover, Failover) else Failover(enabled=failover)
        context = Context(
            url=settings.url, tokens=TokenSource(settings.credentials), failover=rules
        )
        self._channel = _open(context, session if transport is None else transport, http)

    @classmethod
    def with_token(cls, token: str, url: str | None = None, **options: Any) -> Self:
        """Make a client that uses a ready-made token, with the grants that the token has."""
        return cls(url, token=token, **options)

    def with_options(
        self,
        *,
        timeout: Seconds | None = None,
        headers: Mapping[str, str] | None = None,
        retry: RetryPolicy | None = None,
    ) -> Self:
        """Return a copy with other options that shares this client's connections and tokens.

        A copy is cheap and need not be closed: closing the copy does nothing, closing this client
        closes the connections of both.

        Args:
            timeout: seconds that a call may take in total, retries included.
            headers: headers in addition to those that this client sends. With
                ``X-Livekit-Request-Id`` the request id is set; use such a copy for one call.
            retry: how often a failed call is tried.
        """
        before = self._options
        changed = CallOptions(
            timeout=to_seconds(timeout) or before.timeout,
            retry=retry or before.retry,
            headers={**before.headers, **check_headers(headers or {})},
            hooks=before.hooks,
        )
        copy = object.__new__(type(self))
        copy._channel, copy._options = self._channel, changed
        copy._is_copy = True
        return copy

    @cached_property
    def room(self) -> RoomService:
        """Rooms, participants, data and RPC."""
        from lkapi.services.room import RoomService

        return RoomService(self._channel, self._options)

    @cached_property
    def egress(self) -> EgressService:
        """Recording and streaming out of rooms."""
        from lkapi.services.egress import EgressService

        return EgressService(self._channel, self._options)

    @cached_property
    def ingress(self) -> IngressService:
        """Media from outside into rooms."""
        from lkapi.services.ingress import IngressService

        return IngressService(self._channel, self._options)

    @cached_property
    def sip(self) -> SipService:
        """Phone trunks, dispatch rules and calls."""
        from lkapi.services.sip import SipService

        return SipService(self._channel, self._options)

    @cached_property
    def agent_dispatch(self) -> AgentDispatchService:
        """Sending agents into rooms."""
        from lkapi.services.agent_dispatch import AgentDispatchService

        return AgentDispatchService(self._channel, self._options)

    @cached_property
    def connector(self) -> ConnectorService:
        """WhatsApp and Twilio calls (LiveKit Cloud)."""
        from lkapi.services.connector import ConnectorService

        return ConnectorService(self._channel, self._options)

    @cached_property
    def phone_number(self) -> PhoneNumberService:
        """Phone numbers (LiveKit Cloud)."""
        from lkapi.services.phone_number import PhoneNumberService

        return PhoneNumberService(self._channel, self._options)

    @cached_property
    def replay(self) -> ReplayService:
        """Recorded sessions played back (LiveKit Cloud, experimental)."""
        from lkapi.services.replay import ReplayService

        return ReplayService(self._channel, self._options)

    @cached_property
    def analytics(self) -> AnalyticsService:
        """Past sessions (LiveKit Cloud, Scale plan)."""
        from lkapi.rpc.hosts import cloud_api_url
        from lkapi.services.analytics import AnalyticsService

        return AnalyticsService(
            self._channel.at(cloud_api_url(self._channel.context.url)), self._options
        )

    @cached_property
    def cloud_agent(self) -> CloudAgentService:
        """Agents that LiveKit Cloud runs."""
        from lkapi.rpc.hosts import agents_url
        from lkapi.services.cloud_agent import CloudAgentService

        return CloudAgentService(
            self._channel.at(agents_url(self._channel.context.url)), self._options
        )

    @cached_property
    def agent_simulation(self) -> AgentSimulationService:
        """Test runs of agents (LiveKit Cloud)."""
        from lkapi.rpc.hosts import cloud_api_url
        from lkapi.services.agent_simulation import AgentSimulationService

        return AgentSimulationService(
            self._channel.at(cloud_api_url(self._channel.context.url)), self._options
        )

    async def call(
        self,
        method: MethodInfo[Req, Res],
        request: Req | None = None,
        *,
        timeout: Seconds | None = None,
        **fields: Any,
    ) -> Res:
        """Call any remote method by its row in ``lkapi.methods``.

        Args:
            method: a row of ``lkapi.methods``.
            request: the request, unless its fields are given as keywords.
            timeout: seconds in total, retries included.
            **fields: the fields of the request.
        """
        message = build_request(method, request, fields)
        return await self._channel.call(method, message, self._options, to_seconds(timeout))

    def record_calls(self) -> AbstractContextManager[list[CallRecord]]:
        """Record each call made inside the block: its status, headers and attempts.

        ::

            with api.record_calls() as calls:
                await api.room.list_rooms()
            print(calls[0].request_id, calls[0].elapsed)

        Only calls of the current task or thread count, and of tasks started inside the block.
        """
        return self._channel.recorder.listen()

    async def aclose(self) -> None:
        """Close the connections. Closing twice is allowed, and a later call opens new ones."""
        if not self._is_copy:
            await self._channel.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._channel.context.url.base!r})"


def _open(context: Context, given: Any | None, options: HTTPOptions) -> Channel:
    if given is None or isinstance(given, str):
        return Channel(context, open_async(given, options))
    adopted = adopt_async(given, options)
    return Channel(context, lambda: adopted, owned=False)
