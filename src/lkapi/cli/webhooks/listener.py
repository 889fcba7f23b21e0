"""What happens to a delivery: it is verified, passed on, answered, and reported as a line."""

from __future__ import annotations

import json
import queue
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.cli.webhooks.posting import what_livekit_does
from lkapi.cli.webhooks.recordings import Recorded
from lkapi.cli.webhooks.summary import event_line
from lkapi.errors import WebhookBodyError, WebhookError, mask_tokens
from lkapi.web.responses import EndpointResponse, error_response
from lkapi.webhook import MemoryEventStore, WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.cli.webhooks.posting import Outcome, Poster
    from lkapi.cli.webhooks.server import Posted
    from lkapi.webhook import WebhookDelivery, WebhookReceiver

__all__ = ["Listener", "Seen"]

_ANSWER_BYTES: Final = 64 * 1024
"""Bytes of the target's response that are passed back to LiveKit."""


@attrs.frozen
class Seen:
    """One delivery, and its outcome."""

    at: float
    """Unix seconds."""
    answered: int
    delivery: WebhookDelivery | None = None
    """None for one that was refused."""
    outcome: Outcome | None = None
    """The outcome of passing it on; None if it was not passed on."""
    reason: str = ""
    """Why it was refused."""
    again: bool = False
    """Whether an event with this id came before."""
    recorded: Recorded | None = None

    def line(self) -> str:
        """For people."""
        moment = datetime.fromtimestamp(self.at, timezone.utc).strftime("%H:%M:%SZ")
        if self.delivery is None:
            return f"{moment}  refused with {self.answered}: {self.reason}"
        text = f"{moment}  {event_line(self.delivery.event)}"
        if self.again:
            text += "  (again)"
        if self.outcome is not None:
            text += f"  -> {self.outcome.describe()}"
            follows = what_livekit_does(self.answered)
            text += f"; {follows}" if follows else ""
        return text

    def document(self) -> str:
        """For programs: one line of JSON."""
        moment = datetime.fromtimestamp(self.at, timezone.utc).isoformat(timespec="milliseconds")
        members: dict[str, Any] = {
            "receivedAt": moment.replace("+00:00", "Z"),
            "verified": self.delivery is not None,
            "answered": self.answered,
        }
        if self.delivery is None:
            members["reason"] = self.reason
        else:
            members |= {"signedBy": self.delivery.claims.iss, "again": self.again}
            members["event"] = self.delivery.raw
        if self.outcome is not None:
            members["forward"] = self.outcome.as_dict()
        return json.dumps(members, ensure_ascii=False)


class Listener:
    """Handles deliveries in the threads of a server and queues what to show of each.

    Args:
        receiver: verifies.
        poster: passes on what was verified; None to respond with 204.
        clock: returns the current unix time.
    """

    def __init__(
        self,
        receiver: WebhookReceiver,
        poster: Poster | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._receiver = receiver
        self._poster = poster
        self._clock = clock
        WebhookEvent.from_json(b"{}")  # loads the messages, so that the first response is quick
        self._known = MemoryEventStore(max_events=10_000)
        self.seen: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        """What to show, in the order of the responses."""

    def handle(self, posted: Posted) -> EndpointResponse:
        """Respond to a delivery: as the target did, 204 without one, 401 or 400 if refused."""
        now = self._clock()
        try:
            authorization = posted.header("Authorization")
            delivery = self._receiver.receive_delivery(posted.body, authorization)
        except WebhookError as error:
            return self._refuse(error)
        event = delivery.event
        again = bool(event.id) and not self._known.claim(event.id)
        self._known.complete(event.id)
        claims, headers = delivery.claims.raw, posted.headers
        recorded = Recorded.of(posted.body, event.event, claims, headers, now)
        outcome = self._poster.post(posted.body, headers) if self._poster is not None else None
        answer = EndpointResponse(204, {}, b"") if outcome is None else _pass_back(outcome)
        seen = Seen(now, answer.status, delivery, outcome, again=again, recorded=recorded)
        self.seen.put(seen)
        return answer

    def refused(self, status: int, reason: str) -> None:
        """Note a request that was not a delivery."""
        self.seen.put(Seen(self._clock(), status, reason=reason))

    def _refuse(self, error: WebhookError) -> EndpointResponse:
        malformed = isinstance(error, WebhookBodyError)
        status, name = (400, "invalid_event") if malformed else (401, "unauthenticated")
        reason = mask_tokens(str(error)).partition("; ")[0]
        self.refused(status, reason)
        headers = None if malformed else {"WWW-Authenticate": "Bearer"}
        return error_response(status, name, reason, headers=headers)


def _pass_back(outcome: Outcome) -> EndpointResponse:
    response = outcome.response
    if response is None:
        return error_response(outcome.status, "no_answer", "the forward target did not respond")
    kept = ("content-type", "retry-after", "location")
    headers = {name: response.headers[name] for name in kept if name in response.headers}
    return EndpointResponse(response.status, headers, response.content[:_ANSWER_BYTES])
