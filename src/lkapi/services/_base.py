"""The base class of the services: a channel, options, and one way to make a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lkapi.errors import NotFoundError
from lkapi.rpc.concurrency import async_sleep
from lkapi.rpc.pagination import AsyncPager
from lkapi.services._requests import build_request, next_by_id, next_by_token
from lkapi.settings import to_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lkapi.methods.info import MethodInfo, Req, Res
    from lkapi.rpc.channel import Channel
    from lkapi.rpc.concurrency import AsyncItems
    from lkapi.rpc.options import CallOptions

T = TypeVar("T")


class Service:
    """One service of a client."""

    def __init__(self, channel: Channel, options: CallOptions) -> None:
        self._channel = channel
        self._options = options

    def _request(
        self, method: MethodInfo[Req, Res], request: object, fields: Mapping[str, object]
    ) -> Req:
        """The request, from an object or from keywords."""
        return build_request(method, request, fields)

    async def _call(
        self,
        method: MethodInfo[Req, Res],
        request: object,
        fields: Mapping[str, object],
        timeout: object,
    ) -> Res:
        """Make a call from a request object or from its fields."""
        message = build_request(method, request, fields)
        limit = None if timeout is None else to_seconds(timeout)
        return await self._channel.call(method, message, self._options, limit)

    async def _call_unless_missing(
        self,
        method: MethodInfo[Req, Res],
        request: object,
        fields: Mapping[str, object],
        timeout: object,
        *,
        missing_ok: bool,
    ) -> Res | None:
        """``_call``, with None instead of NotFoundError if ``missing_ok``."""
        try:
            return await self._call(method, request, fields, timeout)
        except NotFoundError:
            if not missing_ok:
                raise
            return None

    def _token_pages(
        self,
        method: MethodInfo[Req, Res],
        request: object,
        fields: Mapping[str, object],
        timeout: object,
        items: Callable[[Res], Sequence[T]],
    ) -> AsyncPager[T]:
        """Pages that are linked by ``next_page_token``."""
        first = build_request(method, request, fields)

        async def pages() -> AsyncItems[Sequence[T]]:
            page: Req | None = first
            while page is not None:
                response = await self._call(method, page, {}, timeout)
                yield items(response)
                page = next_by_token(page, response)

        return AsyncPager(pages)

    def _id_pages(
        self,
        method: MethodInfo[Req, Res],
        request: object,
        fields: Mapping[str, object],
        timeout: object,
        id_of: Callable[[T], str],
    ) -> AsyncPager[T]:
        """Pages that begin after the last id of the page before; items without id are dropped."""
        first = build_request(method, request, fields)

        async def pages() -> AsyncItems[Sequence[T]]:
            page: Req | None = first
            while page is not None:
                response = await self._call(method, page, {}, timeout)
                found: list[T] = [item for item in getattr(response, "items") if id_of(item)]  # noqa: B009
                yield found
                page = next_by_id(page, id_of(found[-1]) if found else "")

        return AsyncPager(pages)

    def _clock(self) -> float:
        """Seconds on the client's clock, for what takes several calls."""
        return self._channel.context.clock()

    async def _sleep(self, length: float) -> None:
        await async_sleep(length)
