"""Signed webhooks for what happens in a world, delivered by LiveKit's rules.

Each event goes to the configured URLs, and what happens to an egress also to the URLs that its
request named, signed with the key named there (recorded behaviours 54 to 58).
"""

from __future__ import annotations

import http.client
import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lkapi.errors import SettingsError
from lkapi.webhook import WebhookSender, WebhookTarget

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.devserver.world import World
    from lkapi.protocol.egress import EgressInfo
    from lkapi.protocol.models import WebhookConfig
    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.webhook import DeliveryRules
    from lkapi.webhook.sender import Post

__all__ = ["Webhooks"]

_log = logging.getLogger("lkapi.devserver")
_POST_SECONDS: Final = 10.0


class Webhooks:
    """Sends a world's events to URLs, from its construction until ``close``.

    Either ``flush`` now and then, or ``start`` a thread; used as a context manager it starts one.

    Args:
        world: whose events, and whose API keys sign them.
        urls: where every event goes; the configured ones by default.
        api_key: the key that signs; by default the configured one, or the world's first.
        post: does the HTTP; given URL, headers and body it answers the status.
        rules: other limits and waits than LiveKit's.

    Raises:
        SettingsError: the world does not hold the key, or a URL is none.
    """

    def __init__(
        self,
        world: World,
        urls: Sequence[str] | None = None,
        *,
        api_key: str = "",
        post: Post | None = None,
        rules: DeliveryRules | None = None,
    ) -> None:
        self._world = world
        config = world.config
        self._key = api_key or config.webhook_api_key or next(iter(config.keys))
        if self._key not in config.keys:
            raise SettingsError(f"webhooks cannot be signed: no API key {self._key!r}")
        targets = [self._target(url) for url in (config.webhook_urls if urls is None else urls)]
        self.sender = WebhookSender(
            targets, post or post_event, rules=rules, clock=world.clock.token_now
        )
        """Queues and delivers; ``pending`` and ``dropped`` tell how it goes."""
        self._stop_listening = world.events.listen(self._send)

    def start(self) -> Self:
        """Deliver from a thread of its own."""
        self.sender.start()
        return self

    def flush(self) -> None:
        """Deliver what is queued, waiting between attempts as the rules say."""
        self.sender.flush()

    def close(self) -> None:
        """Stop listening and delivering."""
        self._stop_listening()
        self.sender.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, event: WebhookEvent) -> None:
        info = event.egress_info
        self.sender.send(event, also=() if info is None else tuple(self._targets_of(info)))

    def _target(self, url: str, key: str = "", **names: Any) -> WebhookTarget:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise SettingsError(f"webhooks cannot be sent to {url!r}: not an http or https URL")
        name = key or self._key
        return WebhookTarget(url, name, self._world.config.keys[name], **names)

    def _targets_of(self, info: EgressInfo) -> Iterator[WebhookTarget]:
        """The URLs that the egress request names; what cannot be used is logged and left out."""
        request = getattr(info, info.which_oneof("request") or "", None)
        webhooks: Sequence[WebhookConfig] = getattr(request, "webhooks", ())
        for webhook in webhooks:
            names = webhook.filter_params
            try:
                yield self._target(
                    webhook.url,
                    webhook.signing_key,
                    include=() if names is None else names.include_events,
                    exclude=() if names is None else names.exclude_events,
                )
            except (KeyError, SettingsError):
                _log.warning("egress %s names a webhook that cannot be sent", info.egress_id)


def post_event(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Post over HTTP and answer the status; redirects are not followed."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_POST_SECONDS)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
