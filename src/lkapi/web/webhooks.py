"""A webhook route without a web framework: verify, call the handler, respond.

After a response of 429 or 5xx (except 501), LiveKit sends the event again; after another 4xx it
drops the event. The statuses here are chosen accordingly.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from lkapi.errors import SettingsError, WebhookBodyError, WebhookError, WebhookStoreError
from lkapi.web.responses import (
    EndpointResponse,
    calls_coroutine,
    close_unawaited,
    error_response,
    too_large,
)

if TYPE_CHECKING:
    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.webhook import Body

Handler = Callable[["WebhookEvent"], Any]
"""Handles an event: a function or a coroutine function; its result is ignored."""

MAX_BODY_BYTES: Final = 1024 * 1024

_log = logging.getLogger("lkapi.web")


class Receiver(Protocol):
    """Verifies and parses deliveries: a ``WebhookReceiver``."""

    def receive(self, body: Body, auth_token: str, /) -> WebhookEvent:
        """Return the event, or raise ``WebhookError``."""
        ...


class WebhookEndpoint:
    """Verifies webhooks and hands each event to your handler.

    It responds with 204 when the handler has returned, 401 if LiveKit did not sign the body, 400 if
    the signed body is not an event, 405 for another HTTP method, 413 for a body that is too large,
    and 503 if the store of handled events fails or another worker is handling the event. Other
    exceptions of the handler are passed on: the framework logs them and responds with 500. After
    500 and 503, LiveKit sends the event again.

    Args:
        receiver: verifies and parses.
        handler: called with each event, ``router.dispatch`` for example. Return quickly, or put the
            event into a queue: LiveKit sends the next event of the room only after your response.
        max_body_bytes: larger bodies are refused with 413.
    """

    def __init__(
        self, receiver: Receiver, handler: Handler, *, max_body_bytes: int = MAX_BODY_BYTES
    ) -> None:
        if not callable(handler):
            raise TypeError(
                f"handler must be callable with an event, not {type(handler).__name__}: "
                "for a router, pass router.dispatch, or router.adispatch for coroutines"
            )
        self.receiver = receiver
        self.handler = handler
        self.is_async: bool = calls_coroutine(handler)
        """Whether the handler is a coroutine function, so that ``handle`` cannot be used."""
        self.max_body_bytes = max_body_bytes

    def handle(
        self, body: Body, authorization: str | None, *, method: str = "POST"
    ) -> EndpointResponse:
        """Respond to one delivery.

        Args:
            body: the raw bytes as received, never a parsed object.
            authorization: value of the ``Authorization`` header.
            method: only ``POST`` is accepted.
        """
        event = self._open(body, authorization, method)
        if isinstance(event, EndpointResponse):
            return event
        try:
            done = self.handler(event)
        except WebhookStoreError as error:
            return self._refuse(503, "try_again", error)
        if inspect.isawaitable(done):
            close_unawaited(done)
            raise SettingsError("the handler is asynchronous: use ahandle, or an async route")
        return EndpointResponse(204, {}, b"")

    async def ahandle(
        self, body: Body, authorization: str | None, *, method: str = "POST"
    ) -> EndpointResponse:
        """``handle`` for coroutines; an ordinary function as handler runs in the loop's thread."""
        event = self._open(body, authorization, method)
        if isinstance(event, EndpointResponse):
            return event
        try:
            if inspect.isawaitable(done := self.handler(event)):
                await done
        except WebhookStoreError as error:
            return self._refuse(503, "try_again", error)
        return EndpointResponse(204, {}, b"")

    def _open(
        self, body: Body, authorization: str | None, method: str
    ) -> WebhookEvent | EndpointResponse:
        if method != "POST":
            allow = {"Allow": "POST"}
            return error_response(
                405, "method_not_allowed", "use POST: webhooks are sent with POST", headers=allow
            )
        if len(body) > self.max_body_bytes:
            return too_large(self.max_body_bytes)
        try:
            return self.receiver.receive(body, authorization or "")
        except WebhookBodyError as error:
            return self._refuse(400, "invalid_event", error)
        except WebhookError as error:
            return self._refuse(401, "unauthenticated", error)

    def _refuse(
        self, status: int, name: str, error: WebhookError | WebhookStoreError
    ) -> EndpointResponse:
        _log.warning("webhook refused with %d: %s", status, error)
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return error_response(status, name, str(error), headers=headers)
