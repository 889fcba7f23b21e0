"""The way to the server: the client of this console, each of whose calls is logged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import lkapi
from lkapi.console.call_log import CallLog, LoggedCall, Origin
from lkapi.console.problems import describe_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.console.settings import ConsoleSettings
    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo

__all__ = ["Link"]

Req = TypeVar("Req", bound="Message")
Res = TypeVar("Res", bound="Message")


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
                        error=describe_problem(failure).reason if failure else "",
                        seconds=record.elapsed if record else 0.0,
                        attempts=tuple(map(str, record.attempts)) if record else (),
                        request_id=record.request_id if record else "",
                    )
                )
        assert response is not None
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()
