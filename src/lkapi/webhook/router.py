"""Calls your handlers by the name of the event."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

from lkapi._words import nearest
from lkapi.errors import SettingsError
from lkapi.webhook.dedupe import ahandle_once, handle_once
from lkapi.webhook.names import EVENT_NAMES

if TYPE_CHECKING:
    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.webhook.dedupe import AsyncEventStore, EventStore
    from lkapi.webhook.names import EventName

__all__ = ["Handler", "OnError", "WebhookRouter"]

Handler: TypeAlias = "Callable[[WebhookEvent], Any] | Callable[[WebhookEvent], Awaitable[Any]]"
H = TypeVar("H", bound=Callable[..., Any])

OnError: TypeAlias = Literal["stop", "finish", "log"]
"""What happens when a handler raises.

``stop``: it is raised from the dispatch at once, later handlers are not called. ``finish``: the
other handlers are called, then the first exception is raised, the rest is logged. ``log``: it is
only logged, and the event counts as handled. If an exception is raised, a route responds with 500,
and LiveKit sends the event again.
"""

_MISSPELT: Final = 0.9
"""A name this similar to a known one counts as misspelt; ``ingress_updated`` does not."""

_log = logging.getLogger("lkapi.webhook")


class WebhookRouter:
    """Calls the handlers that were registered for an event, in the order of registration.

    ::

        router = WebhookRouter()

        @router.on("participant_joined", "participant_left")
        def count(event): ...

        router.dispatch(receiver.receive(body, auth))
    """

    def __init__(
        self,
        *,
        on_error: OnError = "stop",
        store: EventStore | AsyncEventStore | None = None,
    ) -> None:
        """Make a router without handlers.

        Args:
            on_error: what happens when a handler raises.
            store: remembers which events were handled, so that a repeated delivery is not handled
                again; an event whose dispatch raises is released, so that LiveKit's next attempt is
                handled.
        """
        if on_error not in ("stop", "finish", "log"):
            raise SettingsError(f"on_error must be 'stop', 'finish' or 'log', not {on_error!r}")
        self._on_error: OnError = on_error
        self._store = store
        self._handlers: list[tuple[frozenset[str] | None, Handler]] = []

    def on(self, *names: EventName) -> Callable[[H], H]:
        """Register a function, or a coroutine function, for events of these names.

        Names that are not known today are accepted: LiveKit may add them. A name that differs from
        a known one in a letter or two, ``participant_join`` for example, gives a ``UserWarning``.
        """
        if not names or callable(names[0]):
            raise SettingsError('name the events: @router.on("room_finished"), or use @router.any')
        wanted = frozenset(str(name) for name in names)
        for name in sorted(wanted - EVENT_NAMES):
            if hint := nearest(name.lower(), EVENT_NAMES, likeness=_MISSPELT):
                text = f"LiveKit has no webhook event {name!r}{hint}"
                warnings.warn(text, stacklevel=2)

        def register(handler: H) -> H:
            self._handlers.append((wanted, handler))
            return handler

        return register

    def any(self, handler: H) -> H:
        """Register a function for every event, including those with unknown names."""
        self._handlers.append((None, handler))
        return handler

    def handlers(self, name: str) -> list[Handler]:
        """The handlers of an event name, in the order in which they are called."""
        return [handler for names, handler in self._handlers if names is None or name in names]

    def dispatch(self, event: WebhookEvent) -> bool:
        """Call the handlers of an event.

        Returns:
            False if the event was handled before; True otherwise, even if there is no handler.

        Raises:
            SettingsError: if a handler is a coroutine function: use `adispatch`.
        """
        if self._store is None:
            self._run(event)
            return True
        if inspect.iscoroutinefunction(self._store.claim):
            raise SettingsError("the store is asynchronous: use adispatch")
        store: Any = self._store
        return handle_once(event, store, self._run)

    async def adispatch(self, event: WebhookEvent) -> bool:
        """`dispatch` for coroutines; ordinary functions run in the event loop's thread."""
        if self._store is None:
            await self._arun(event)
            return True
        return await ahandle_once(event, self._store, self._arun)

    def _run(self, event: WebhookEvent) -> None:
        failures = _Failures(self._on_error, event)
        for handler in self.handlers(event.event):
            if inspect.iscoroutinefunction(handler):
                raise SettingsError(f"handler {_name(handler)} is asynchronous: use adispatch")
            with failures.caught(handler):
                handler(event)
        failures.settle()

    async def _arun(self, event: WebhookEvent) -> None:
        failures = _Failures(self._on_error, event)
        for handler in self.handlers(event.event):
            with failures.caught(handler):
                done = handler(event)
                if inspect.isawaitable(done):
                    await done
        failures.settle()


class _Failures:
    """The exceptions of one dispatch, treated by the router's policy."""

    def __init__(self, on_error: OnError, event: WebhookEvent) -> None:
        self._on_error: OnError = on_error
        self._event = event
        self._first: Exception | None = None

    @contextmanager
    def caught(self, handler: Handler) -> Generator[None]:
        try:
            yield
        except Exception as error:
            if self._on_error == "stop":
                raise
            self._add(handler, error)

    def _add(self, handler: Handler, error: Exception) -> None:
        if self._on_error == "finish" and self._first is None:
            self._first = error
            return
        _log.error(
            "handler %s failed on event %s (%s)",
            _name(handler),
            self._event.id,
            self._event.event,
            exc_info=error,
        )

    def settle(self) -> None:
        if self._first is not None:
            raise self._first


def _name(handler: Handler) -> str:
    return getattr(handler, "__qualname__", None) or repr(handler)
