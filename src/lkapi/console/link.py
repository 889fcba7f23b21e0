"""The console's client; each of its calls is logged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import lkapi
from lkapi.console.call_log import CallLog, LoggedCall, Origin
from lkapi.console.problems import describe_problem
from lkapi.message import Message
from lkapi.presentation.secrets import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lkapi.console.settings import ConsoleSettings
    from lkapi.methods.info import MethodInfo

__all__ = ["Link"]

T = TypeVar("T")
Req = TypeVar("Req", bound=Message)
Res = TypeVar("Res", bound=Message)
_MAX_ITEMS: Final = 1000


class Link:
    """Calls one server.

    Args:
        settings: where it is, and the credentials.
        transport: carries the calls instead of sockets, in tests and in the development server.
        now: unix time.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        *,
        transport: Any = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.url = settings.url
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
        self._latest: dict[str, tuple[float, Message, Message]] = {}
        self.past: dict[str, Any] = {}
        """What was read about things that have ended and do not change any more."""
        self._now = now

    async def call(self, row: MethodInfo[Req, Res], request: Req) -> Res:
        """Make a call for a person.

        Raises:
            LiveKitError: it failed.
        """
        try:
            return await self._call(self.client, row, request, "action")
        finally:
            self.forget()

    async def read(self, row: MethodInfo[Req, Res], request: Req) -> Res:
        """Make a call that keeps the console up to date: one attempt, as the next comes soon.

        Raises:
            LiveKitError: it failed.
        """
        response = await self._call(self._reader, row, request, "read")
        self._latest[str(row)] = (self._now(), request, response)
        return response

    async def recent(self, row: MethodInfo[Req, Res], request: Req, max_age: float) -> Res:
        """The last reading, or a new one if that is older than ``max_age`` seconds.

        Raises:
            LiveKitError: it failed.
        """
        at, asked, response = self._latest.get(str(row), (0.0, None, None))
        fresh = asked == request and 0 <= self._now() - at <= max_age
        if fresh and isinstance(response, row.response):
            return response
        return await self.read(row, request)

    def forget(self) -> None:
        """Forget recent readings: something has happened."""
        self._latest.clear()

    async def read_by(
        self,
        row: MethodInfo[Any, Any],
        read: Callable[[lkapi.LiveKitAPI], Awaitable[T]],
        shown: tuple[tuple[str, str], ...],
    ) -> T:
        """Read with a method of the client that is not a remote method with messages.

        Args:
            row: its name in the log.
            read: called with the client.
            shown: the same as code for the log: labels and texts.

        Raises:
            LiveKitError: it failed.
        """
        return await self._logged(self._reader, row, row.request(), "read", read, shown)

    async def read_pages(
        self, row: MethodInfo[Any, Any], request: Message, *, most: int = _MAX_ITEMS
    ) -> list[Any]:
        """The items of a list that comes in pages: ``most`` of them, up to the end of the page.

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

    async def read_one(self, row: MethodInfo[Any, Any], request: Message, field: str) -> Any:
        """The item of a list whose id is in the request; None if it does not exist.

        Raises:
            LiveKitError: it failed.
        """
        try:
            found = (await self.read(row, request)).items
        except lkapi.NotFoundError:
            return None
        wanted = getattr(request, field)
        return next((one for one in found if getattr(one, field) == wanted), None)

    async def _call(
        self, client: lkapi.LiveKitAPI, row: MethodInfo[Req, Res], request: Req, origin: Origin
    ) -> Res:
        async def call(api: lkapi.LiveKitAPI) -> Res:
            return await api.call(row, request)

        return await self._logged(client, row, request, origin, call)

    async def _logged(
        self,
        client: lkapi.LiveKitAPI,
        row: MethodInfo[Any, Any],
        request: Message,
        origin: Origin,
        call: Callable[[lkapi.LiveKitAPI], Awaitable[T]],
        shown: tuple[tuple[str, str], ...] = (),
    ) -> T:
        number, began = self.log.next_number(), self._now()
        response: Message | None = None
        failure: Exception | None = None
        with client.record_calls() as calls:
            try:
                found = await call(client)
                response = found if isinstance(found, Message) else None
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
                        shown=shown,
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
        return found

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def _told(failure: Exception | None, request: Message) -> str:
    """Why a call failed, without secrets: servers repeat values that they do not accept."""
    return hide_secrets(describe_problem(failure).reason, request) if failure else ""
