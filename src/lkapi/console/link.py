"""The way to the server: the client of this console, each of whose calls is logged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import lkapi
from lkapi.console.call_log import CallLog, LoggedCall, Origin
from lkapi.console.problems import describe_problem
from lkapi.presentation.secrets import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.console.settings import ConsoleSettings
    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo

__all__ = ["Link"]

Req = TypeVar("Req", bound="Message")
Res = TypeVar("Res", bound="Message")
_MAX_ITEMS: Final = 1000


class Link:
    """Calls one server.

    Args:
        settings: where it is, and the credentials.
        transport: carries the calls in place of sockets, in tests and in the development server.
        now: unix time.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        *,
        transport: Any = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.client = lkapi.LiveKitAPI(
            settings.url,
            settings.api_key or None,
            settings.api_secret or None,
            token=settings.token or None,
            timeout=settings.timeout,
            transport=transport,
        )
        self._reader = self.client.with_options(retry=lkapi.RetryPolicy(attempts=1))
        self.log = CallLog()
        self._now = now

    async def call(self, row: MethodInfo[Req, Res], request: Req) -> Res:
        """Make a call that a person asked for.

        Raises:
            LiveKitError: it failed.
        """
        return await self._call(self.client, row, request, "action")

    async def read(self, row: MethodInfo[Req, Res], request: Req) -> Res:
        """Make a call by which the console keeps up to date: one attempt, the next comes soon.

        Raises:
            LiveKitError: it failed.
        """
        return await self._call(self._reader, row, request, "read")

    async def read_pages(
        self, row: MethodInfo[Any, Any], request: Message, *, most: int = _MAX_ITEMS
    ) -> list[Any]:
        """The items of a list that comes in pages, ``most`` of them and what their page has.

        Raises:
            LiveKitError: it failed.
        """
        response = await self.read(row, request)
        found = list(response.items)
        while response.next_page_token and response.next_page_token.token and len(found) < most:
            request = request.copy(page_token=response.next_page_token)
            response = await self.read(row, request)
            found += response.items
        return found

    async def _call(
        self, client: lkapi.LiveKitAPI, row: MethodInfo[Req, Res], request: Req, origin: Origin
    ) -> Res:
        number, began = self.log.next_number(), self._now()
        response: Res | None = None
        failure: Exception | None = None
        with client.record_calls() as calls:
            try:
                response = await client.call(row, request)
            except lkapi.LiveKitError as error:
                failure = error
                raise
            finally:
                record = calls[-1] if calls else None
                self.log.add(
                    LoggedCall(
                        number=number,
                        at=began,
                        row=row,
                        request=request,
                        origin=origin,
                        response=response,
                        status=record.status if record else None,
                        error=_told(failure, request),
                        seconds=record.elapsed if record else 0.0,
                        attempts=tuple(
                            hide_secrets(str(one), request)
                            for one in (record.attempts if record else ())
                        ),
                        request_id=record.request_id if record else "",
                    )
                )
        assert response is not None
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def _told(failure: Exception | None, request: Message) -> str:
    """Why a call failed; servers repeat what they do not accept, secrets included."""
    return hide_secrets(describe_problem(failure).reason, request) if failure else ""
