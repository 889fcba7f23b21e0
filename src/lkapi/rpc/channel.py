"""The driver of calls: connections, waiting, region discovery. Only here is a transport used.

``call.py`` decides what to do; this module does it.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.errors import LiveKitError, TransportError
from lkapi.rpc.call import Call, Context
from lkapi.rpc.concurrency import (
    LoopKey,
    async_acquire,
    async_lock,
    async_sleep,
    loop_is_gone,
    running_loop,
)
from lkapi.rpc.observe import Hooks, Recorder
from lkapi.rpc.regions import RegionCache, max_age, read_regions
from lkapi.rpc.steps import Again, Discover, Done, Raise

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from lkapi.methods.info import MethodInfo, Req, Res
    from lkapi.rpc.options import CallOptions
    from lkapi.rpc.records import CallRecord
    from lkapi.rpc.steps import Step
    from lkapi.settings import ServerURL
    from lkapi.transports.base import AsyncTransport

_DEBUG: Final = 10
"""``logging.DEBUG``; logging is imported by the first client, and not with its class."""


def _open_logger() -> Logger:
    import logging

    return logging.getLogger("lkapi")


class _Pool:
    """The connections of one event loop, and its lock for region discovery."""

    __slots__ = ("lock", "transport")

    def __init__(self, transport: AsyncTransport) -> None:
        self.transport = transport
        self.lock = async_lock()


class Channel:
    """Carries the calls of one client and of its ``with_options`` copies."""

    def __init__(
        self,
        context: Context,
        open_transport: Callable[[], AsyncTransport],
        *,
        owned: bool = True,
    ) -> None:
        """Set up without opening anything.

        Args:
            context: what all calls share.
            open_transport: called once per event loop, at the first call.
            owned: whether closing the client closes the transport.
        """
        self.context = context
        self.recorder = Recorder()
        self._open_transport = open_transport
        self._owned = owned
        self._pools: dict[LoopKey, _Pool] = {}
        self._regions = RegionCache()
        self._discoveries = 0
        self._logger = _open_logger()

    def at(self, url: ServerURL) -> Channel:
        """The same channel for another host of LiveKit Cloud: its connections, tokens and records.

        Such hosts have no regions, so calls do not move.
        """
        other = copy(self)
        failover = attrs.evolve(self.context.failover, enabled=False)
        other.context = attrs.evolve(self.context, url=url, failover=failover)
        return other

    async def call(
        self,
        method: MethodInfo[Req, Res],
        request: Req,
        options: CallOptions,
        timeout: float | None = None,
    ) -> Res:
        """Make one call, with all its attempts.

        Raises:
            LiveKitError: it failed for good.
        """
        call = Call(self.context, method, request, options, timeout)
        if options.hooks.telemetry is None and not self.recorder.active:
            return await self._run(call, options.hooks)
        return await self.perform(call, options)

    async def perform(self, call: Call[Req, Res], options: CallOptions) -> Res:
        """Carry out a call that is planned already."""
        telemetry = options.hooks.telemetry
        if telemetry is not None:
            with telemetry.watch_call(call.info()) as tell:
                return await self._recorded(call, options.hooks, tell)
        if self.recorder.active:
            return await self._recorded(call, options.hooks, None)
        return await self._run(call, options.hooks)

    async def _recorded(
        self,
        call: Call[Req, Res],
        hooks: Hooks,
        tell: Callable[[CallRecord], object] | None,
    ) -> Res:
        """Carry out a call and notify all observers of how it ended."""
        try:
            value = await self._run(call, hooks)
        except LiveKitError as error:
            self._record(call.record(error), tell)
            raise
        self._record(call.record(None), tell)
        return value

    def _record(self, record: CallRecord, tell: Callable[[CallRecord], object] | None) -> None:
        self.recorder.add(record)
        if tell is not None:
            tell(record)

    async def _run(self, call: Call[Req, Res], hooks: Hooks) -> Res:
        pool = self._pools.get(running_loop()) or self._open_pool()
        while True:
            step = await self._attempt(pool.transport, call, hooks)
            if isinstance(step, Done):
                return step.value
            if isinstance(step, Discover):
                step = call.on_regions(await self._find_regions(pool, call, fresh=step.fresh))
            if isinstance(step, Raise):
                raise step.error.with_traceback(None)  # frames below hold the call's bytes
            self._tell_retry(call, step, hooks)
            await async_sleep(step.wait)

    async def _attempt(
        self, transport: AsyncTransport, call: Call[Req, Res], hooks: Hooks
    ) -> Step[Res]:
        request = call.next_request()
        origin = call.origin
        if hooks.on_request is not None:
            hooks.on_request(call.request_info(request))
        if self._logger.isEnabledFor(_DEBUG):
            self._logger.debug("%s: attempt %s", call.method, call.request_info(request))
        try:
            if hooks.telemetry is None:
                response = await transport.asend(request)
            else:
                with hooks.telemetry.watch_attempt(call.request_info(request)) as tell:
                    response = await transport.asend(request)
                    tell(call.response_info(response, origin))
        except TransportError as error:
            return call.on_failure(error)
        if hooks.on_response is not None:
            hooks.on_response(call.response_info(response, origin))
        return call.on_response(response)

    def _tell_retry(self, call: Call[Any, Any], step: Again, hooks: Hooks) -> None:
        info = call.retry_info(step)
        if hooks.on_retry is not None:
            hooks.on_retry(info)
        self._logger.warning(
            "%s: attempt %d at %s failed (%s), trying %s in %.2f s, request id %s",
            info.method,
            info.attempt,
            info.origin,
            info.reason,
            info.next_origin,
            info.wait,
            info.request_id,
        )

    # Regions

    async def _find_regions(
        self, pool: _Pool, call: Call[Any, Any], *, fresh: bool
    ) -> tuple[str, ...]:
        """The region list: from the cache, or read once for all calls that need it now."""
        seen = self._discoveries
        if not await async_acquire(pool.lock, call.remaining()):
            return self._regions.origins
        try:
            kept = self._regions.fresh(self.context.clock())
            if self._discoveries != seen or (kept is not None and not fresh):
                return self._regions.origins
            await self._discover(pool.transport, call)
            self._discoveries += 1
            return self._regions.origins
        finally:
            pool.lock.release()

    async def _discover(self, transport: AsyncTransport, call: Call[Any, Any]) -> None:
        """Read the region list; if that fails, the known list is kept."""
        try:
            response = await transport.asend(call.discovery_request())
        except TransportError as error:
            self._logger.warning("regions of %s could not be read: %s", call.home, error.args[0])
            return
        if response.status != 200 or call.domain is None:
            self._logger.warning("regions of %s: HTTP %d", call.home, response.status)
            return
        origins = read_regions(response.content, call.domain, self.context.failover)
        age = max_age(response.headers.get("cache-control"))
        self._regions.store(origins, age, self.context.clock())

    # Connections

    def _open_pool(self) -> _Pool:
        """Open the transport of this event loop, and drop those of closed loops."""
        for key in [key for key in self._pools if loop_is_gone(key)]:
            self._pools.pop(key, None)
        return self._pools.setdefault(running_loop(), _Pool(self._open_transport()))

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""
        pool = self._pools.pop(running_loop(), None)
        self._pools.clear()
        if pool is not None and self._owned:
            await pool.transport.aclose()
