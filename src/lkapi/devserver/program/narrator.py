"""Turns events in and around a server into entries of the journal."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.program.entries import Entry, place_of
from lkapi.devserver.program.event_lines import describe_event
from lkapi.webhook.posting import post_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lkapi.devserver.server.dev_server import DevServer
    from lkapi.devserver.server.watching import Served
    from lkapi.devserver.telephony.phone_call import PhoneCall
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["Narrator"]

_OK: Final = range(200, 300)


class Narrator:
    """Reports calls, events, webhooks and warnings.

    Args:
        add: called with each entry.
    """

    def __init__(self, add: Callable[[Entry], None]) -> None:
        self._add = add

    def follow(self, server: DevServer) -> None:
        """Report everything that a server does from now on."""
        server.watch(self.served)
        server.world.events.listen(self.happened)
        server.world.calls.on_answered.append(self.answered)

    def note(self, text: str, *, good: bool = True) -> None:
        """Report something that is not from the server."""
        self._add(Entry(at=time.time(), kind="note", who="lkapi", what=text, good=good))

    def served(self, served: Served) -> None:
        """Report a request and its response."""
        what = served.name if "/" in served.name.strip("/") and served.name[0] != "/" else ""
        name = what or f"{served.verb} {served.name}"
        who = served.api_key or ("bad token" if served.bad_token else "no token")
        if served.identity:
            who = f"{who}/{served.identity}"
        facts: dict[str, Any] = {"status": served.status, "about": served.about}
        if served.refused:
            facts |= {"code": served.code, "reason": served.reason}
        if served.bad_token:
            facts["bad_token"] = served.bad_token
        self._add(
            Entry(
                at=time.time(),
                kind="call",
                who=who,
                what=" ".join([name, *served.about.values()]),
                outcome=_outcome(served),
                good=not served.refused,
                seconds=served.seconds,
                facts=facts,
            )
        )

    def happened(self, event: WebhookEvent) -> None:
        """Report an event of the world."""
        self._add(describe_event(event, time.time()))

    def answered(self, call: PhoneCall) -> None:
        """Report a dialled call that was answered."""
        facts = {"event": "call_answered", "call_id": call.call_id, "number": call.number}
        who, room = call.participant.identity, call.participant.room_name
        what = f"answered in {room}: {call.number}"
        self._add(Entry(at=time.time(), kind="event", who=who, what=what, facts=facts))

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Deliver a webhook, and report the outcome."""
        began = time.perf_counter()
        try:
            status = post_event(url, headers, body)
        except Exception as error:
            why = getattr(error, "strerror", None) or error
            self._delivered(url, body, f"no response: {why}", began, status=None)
            raise
        self._delivered(url, body, str(status), began, status=status)
        return status

    def _delivered(
        self, url: str, body: bytes, outcome: str, began: float, *, status: int | None
    ) -> None:
        event: dict[str, Any] = json.loads(body)
        where = place_of(url).partition("://")[2]
        facts = {"event": event.get("event", ""), "id": event.get("id", ""), "status": status}
        self._add(
            Entry(
                at=time.time(),
                kind="webhook",
                who="webhook",
                what=f"{facts['event']} to {where}",
                outcome=outcome,
                good=status in _OK,
                seconds=time.perf_counter() - began,
                facts=facts,
            )
        )

    def log_handler(self) -> logging.Handler:
        """A logging handler that reports lkapi's warnings and errors."""
        return _Warnings(self.note)


def _outcome(served: Served) -> str:
    if not served.status:
        return "connection closed by a fault"
    if not served.refused:
        return "ok" if served.status in _OK else str(served.status)
    return f"refused {served.status} {': '.join(p for p in (served.code, served.reason) if p)}"


class _Warnings(logging.Handler):
    """Reports warnings, except those of deliveries, which have lines of their own."""

    def __init__(self, note: Callable[..., None]) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "lkapi.webhook":
            return
        error = record.exc_info[1] if record.exc_info else None
        why = f": {type(error).__name__}: {error}" if error else ""
        self._note(f"{record.getMessage()}{why}", good=False)
