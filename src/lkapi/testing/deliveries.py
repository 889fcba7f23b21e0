"""Attempts to deliver webhooks, and how the application under test responded."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["Delivery", "Recorder", "check_taken"]


@attrs.frozen(eq=False)
class Delivery:
    """One attempt to deliver an event."""

    event: WebhookEvent
    """The event from the body, after signature and hash were verified."""
    url: str
    body: bytes = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    status: int | None
    """Status of the application's response, 200 if it returned none; None if it raised."""
    error: Exception | None = None
    """The exception that the application raised."""


@attrs.frozen
class Recorder:
    """Adds the outcome of one attempt to the list."""

    deliveries: list[Delivery]
    event: WebhookEvent
    url: str
    body: bytes
    headers: Mapping[str, str]

    def status(self, status: int) -> int:
        """Note the response of the application."""
        self._add(status, None)
        return status

    def error(self, error: Exception) -> None:
        """Note what the application raised."""
        self._add(None, error)

    async def finish(self, response: object) -> int:
        """Note what an awaitable returns or raises."""
        try:
            status = await _status(response)
        except Exception as error:
            self.error(error)
            raise
        return self.status(status)

    def _add(self, status: int | None, error: Exception | None) -> None:
        made = Delivery(self.event, self.url, self.body, self.headers, status, error)
        self.deliveries.append(made)


async def _status(response: object) -> int:
    status: object = await response if inspect.isawaitable(response) else response
    if not isinstance(status, int):
        kind = type(status).__name__
        raise TypeError(f"the receiver of webhooks must return the status, not {kind}")
    return status


def check_taken(deliveries: Sequence[Delivery]) -> None:
    """Fail unless the last attempt for each event was a success.

    Raises:
        AssertionError: naming the event; what the application raised is its cause.
    """
    last = {(delivery.event.id, delivery.url): delivery for delivery in deliveries}
    for delivery in last.values():
        if delivery.status is None or not 200 <= delivery.status < 300:
            attempts = sum(other.event.id == delivery.event.id for other in deliveries)
            how = (
                f"raised {delivery.error!r}"
                if delivery.error
                else f"responded with {delivery.status}"
            )
            text = f"the application did not accept {delivery.event.event}: it {how}"
            raise AssertionError(f"{text} ({attempts} attempts)") from delivery.error
