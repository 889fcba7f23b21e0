"""One console: its link, its store, its poller, and the webhooks that it received."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.console.link import Link
from lkapi.console.poller import Poller
from lkapi.console.store import Store
from lkapi.console.timeline import egress_states
from lkapi.presentation.curl import http_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import lkapi
    from lkapi.console.settings import ConsoleSettings
    from lkapi.console.store import Source

__all__ = ["Console", "Heard", "Stage"]

_MAX_HEARD: Final = 500
_MAX_SERVED: Final = 1000


@attrs.frozen(kw_only=True)
class Heard:
    """One webhook that reached the console, or an event of the development server."""

    number: int
    at: float
    event: lkapi.WebhookEvent
    body: bytes = attrs.field(default=b"", repr=False)
    """The signed body; empty for an event that came without HTTP."""


@attrs.frozen(kw_only=True)
class Stage:
    """What ``lkapi dev`` passes to its console: the server and its world, in this process."""

    server: Any
    """A `lkapi.devserver.DevServer`."""
    webhooks: Any = None
    """A `lkapi.devserver.Webhooks`, for sending webhooks by hand."""


class Console:
    """Everything behind the pages; it does not depend on HTTP.

    Args:
        settings: the server, and who may do what.
        sources: what can be read, from the pages.
        stage: the development server that this console belongs to.
        transport: carries the calls instead of sockets.
        now: unix time.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        sources: Iterable[Source],
        *,
        stage: Stage | None = None,
        transport: Any = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.stage = stage
        self.now = now
        self.link = Link(settings, transport=transport, now=now)
        self.store = Store(self.link, sources, now=now)
        self.poller = Poller(self.store)
        self.heard: deque[Heard] = deque(maxlen=_MAX_HEARD)
        self.heard_version = 0
        self.served: deque[tuple[int, float, Any]] = deque(maxlen=_MAX_SERVED)
        """Requests that the development server got: number, unix time, ``devserver.Served``."""
        self.served_version = 0
        self.refused = 0
        """Deliveries at /webhook that could not be verified."""

    @property
    def base_url(self) -> str:
        """The server's url over http or https, as curl needs it."""
        return http_url(self.settings.url)

    def hear(self, event: lkapi.WebhookEvent, body: bytes = b"") -> None:
        """Note an event, and read again at once what it is about."""
        self.heard_version += 1
        self.heard.append(Heard(number=self.heard_version, at=self.now(), event=event, body=body))
        self.link.forget()
        if event.egress_info is not None:
            self.store.timeline.note(self.now(), egress_states([event.egress_info]))
        self.poller.expire(event=event.event)

    def note_served(self, served: Any) -> None:
        """Note a request that the development server has responded to."""
        self.served_version += 1
        self.served.append((self.served_version, self.now(), served))

    def refuse(self) -> None:
        """Note a delivery that was refused."""
        self.refused += 1
        self.heard_version += 1

    def version_of(self, topic: str) -> int:
        """The version of a topic; ``log``, ``webhooks`` and ``requests`` are the console's own."""
        if topic == "log":
            return self.link.log.version
        if topic == "webhooks":
            return self.heard_version
        if topic == "requests":
            return self.served_version
        return self.store.get(topic).version

    async def aclose(self) -> None:
        """End the poller and close the connections."""
        await self.poller.aclose()
        await self.link.aclose()
