"""Signed webhooks for the events of a world, delivered by LiveKit's rules.

Each event goes to the configured URLs; an event of an egress also goes to the URLs that its
request named, signed with the key named there (recorded behaviours 54 to 58).
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

from lkapi.devserver.events.log import EventLog
from lkapi.devserver.events.saved_deliveries import load_delivery, save_delivery
from lkapi.devserver.runtime.webhook_settings import WebhookSettings, to_webhooks
from lkapi.errors import SettingsError
from lkapi.webhook.outbox import WebhookTarget
from lkapi.webhook.posting import post_event
from lkapi.webhook.sender import WebhookSender

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.devserver.runtime.webhook_settings import WebhookPlace
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.egress import EgressInfo
    from lkapi.protocol.models import WebhookConfig
    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.webhook import DeliveryRules
    from lkapi.webhook.sender import AsyncPost, Post

__all__ = ["HasEvents", "Webhooks"]

_log = logging.getLogger("lkapi.devserver")
_SETTLE_SECONDS: Final = 0.1


class HasEvents(Protocol):
    """The part of a world that webhooks need."""

    @property
    def events(self) -> EventLog:
        """The log of what happens in it."""
        ...


class Webhooks:
    """Sends a world's events to URLs, from its construction until ``close``.

    Nothing is sent before ``flush`` or ``aflush``, unless ``start`` runs threads for it::

        with Webhooks(world, ["http://127.0.0.1:3000/livekit/webhook"]).start():
            ...

    Args:
        world: the world (or its event log) whose events are sent, signed with its API keys.
        places: where every event goes: URLs, or ``WebhookSettings``; those of the world's
            configuration by default.
        api_key: the API key that signs if the settings name none; by default the configured one, or
            the first.
        post: makes the HTTP request: a function of URL, headers and body that returns the status;
            for ``aflush``, a coroutine function.
        rules: other limits and waits than LiveKit's.

    Raises:
        SettingsError: the world does not have the key, or a URL is not valid.
    """

    def __init__(
        self,
        world: HasEvents | EventLog,
        places: Sequence[WebhookPlace] | None = None,
        *,
        api_key: str = "",
        post: Post | AsyncPost | None = None,
        rules: DeliveryRules | None = None,
    ) -> None:
        events = world if isinstance(world, EventLog) else world.events
        self._runtime = events.runtime
        config = self._runtime.config
        self._key = api_key or config.webhook_api_key or next(iter(config.keys), "")
        settings = config.webhooks if places is None else to_webhooks(places)
        self.sender = WebhookSender(
            [self._target(item) for item in settings],
            post or post_event,
            rules=rules,
            clock=self._runtime.clock.token_now,
            sleep=self._skip_wait,
        )
        """Queues and delivers."""
        self._closed = threading.Event()
        self._settler: threading.Thread | None = None
        self._stop_listening = events.listen(self._send)

    @property
    def pending(self) -> int:
        """How many deliveries wait or are in flight."""
        return self.sender.pending

    @property
    def dropped(self) -> int:
        """How many deliveries were given up: refused, without response too often, or too late."""
        return self.sender.dropped

    def flush(self) -> None:
        """Deliver all events at once; waits between attempts are skipped.

        A virtual clock moves by those waits. After ``start``, this also waits for the threads.
        """
        self._settle()
        self.sender.flush()

    async def aflush(self) -> None:
        """``flush`` for coroutines, for a ``post`` of either kind."""
        self._settle()
        await self.sender.aflush()

    def save(self) -> list[dict[str, Any]]:
        """The deliveries that wait or are in flight, as part of a snapshot."""
        now = self._runtime.clock.token_now()
        return [save_delivery(outgoing, now) for outgoing in self.sender.waiting()]

    def load(self, saved: Saved) -> None:
        """Queue what ``save`` wrote; deliveries whose key is missing are logged and left out.

        Raises:
            SnapshotError: naming what cannot be read; nothing is queued then.
        """
        now, keys = self._runtime.clock.token_now(), self._runtime.config.keys
        found = [load_delivery(item, keys, now) for item in saved.items()]
        waiting = [outgoing for outgoing in found if outgoing is not None]
        if len(waiting) < len(found):
            lost = len(found) - len(waiting)
            _log.warning(
                "%d webhooks of the snapshot are not sent: their API key does not exist any more",
                lost,
            )
        self.sender.put_back(waiting)

    def start(self) -> Self:
        """Deliver from daemon threads, with real waits; also do what becomes due in the world.

        Without this, a room ends and an egress becomes active only when the world is next used.
        """
        self.sender.start()
        if self._settler is None:
            self._closed.clear()
            self._settler = threading.Thread(
                target=self._settle_until_closed, name="lkapi-world", daemon=True
            )
            self._settler.start()
        return self

    def close(self) -> None:
        """Stop listening and delivering; what is queued is not sent. Closing twice is allowed."""
        self._stop_listening()
        self._closed.set()
        if self._settler is not None:
            self._settler.join()
            self._settler = None
        self.sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _settle(self) -> None:
        with self._runtime.lock:
            self._runtime.settle()

    def _settle_until_closed(self) -> None:
        while not self._closed.wait(_SETTLE_SECONDS):
            self._settle()

    def _skip_wait(self, seconds: float) -> None:
        """Skip a wait between attempts: a virtual clock moves; else the delivery is due now."""
        with self._runtime.lock:
            self._runtime.clock.wait(seconds)
        self.sender.skip_waits()

    def _send(self, event: WebhookEvent) -> None:
        info = event.egress_info
        self.sender.send(event, also=() if info is None else tuple(self._egress_targets(info)))

    def _target(self, settings: WebhookSettings) -> WebhookTarget:
        key = settings.api_key or self._key
        if key not in self._runtime.config.keys:
            raise SettingsError(f"webhooks cannot be signed: the server has no API key {key!r}")
        return WebhookTarget(
            settings.url,
            key,
            self._runtime.config.keys[key],
            include=settings.include_events,
            exclude=settings.exclude_events,
        )

    def _egress_targets(self, info: EgressInfo) -> Iterator[WebhookTarget]:
        """The URLs that the egress request names; invalid ones are logged and left out."""
        request = getattr(info, info.which_oneof("request") or "", None)
        webhooks: Sequence[WebhookConfig] = getattr(request, "webhooks", ())
        for webhook in webhooks:
            names = webhook.filter_params
            try:
                yield self._target(
                    WebhookSettings(
                        webhook.url,
                        webhook.signing_key,
                        include_events=() if names is None else names.include_events,
                        exclude_events=() if names is None else names.exclude_events,
                    )
                )
            except SettingsError as error:
                _log.warning("egress %s: %s", info.egress_id, error)
