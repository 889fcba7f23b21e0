"""The log of events in a world, in the form of webhook events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from lkapi.devserver.runtime.runtime import Runtime

__all__ = ["EventLog", "Listener"]

Listener = Callable[[WebhookEvent], None]

_MAX_EVENTS: Final = 10_000


class EventLog:
    """The events of a world, oldest first, and the listeners that are called with each."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._log: deque[WebhookEvent] = deque(maxlen=_MAX_EVENTS)
        self._listeners: list[Listener] = []
        self._undelivered: deque[WebhookEvent] = deque()
        self._delivering = False

    def all(self) -> list[WebhookEvent]:
        """Every event so far; the last ten thousand are kept."""
        with self.runtime.lock:
            self.runtime.settle()
            return list(self._log)

    def names(self) -> list[str]:
        """Only the names, such as ``room_started``."""
        return [event.event for event in self.all()]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each event, in order, while the world is locked.

        Do no slow work in a listener: put the event on a queue.

        Returns:
            A function that removes the listener.
        """
        with self.runtime.lock:
            self._listeners.append(listener)
        return lambda: self._remove(listener)

    def emit(self, event: WebhookEvent, *, at: float | None = None) -> None:
        """Add an event, with a new id and a time.

        Args:
            event: the event.
            at: when it happened, in Unix seconds; now by default.
        """
        event.id = self.runtime.ids.make("EV_")
        event.created_at = int(self.runtime.clock.now() if at is None else at)
        self._log.append(event)
        self._undelivered.append(event)
        if not self._delivering:
            self._deliver()

    def _deliver(self) -> None:
        """Call the listeners, in order, also with the events that they cause themselves."""
        self._delivering = True
        try:
            while self._undelivered:
                event = self._undelivered.popleft()
                for listener in tuple(self._listeners):
                    listener(event)
        finally:
            self._delivering = False

    def _remove(self, listener: Listener) -> None:
        with self.runtime.lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
