"""The events of a world: the log, and webhooks without sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.devserver.events.log import EventLog
from lkapi.devserver.events.webhooks import Webhooks

if TYPE_CHECKING:
    from lkapi.devserver.runtime.webhook_settings import WebhookPlace
    from lkapi.webhook import DeliveryRules
    from lkapi.webhook.sender import AsyncPost, Post

__all__ = ["WorldEvents"]

_DEFAULT_URL: Final = "http://localhost/livekit/webhook"
"""Nothing is sent there: it is only passed to the receiving function as the URL."""


class WorldEvents(EventLog):
    """An event log whose events can be passed to a function as signed webhook requests."""

    def deliver_to(
        self,
        receiver: Post | AsyncPost,
        *places: WebhookPlace,
        api_key: str = "",
        rules: DeliveryRules | None = None,
    ) -> Webhooks:
        """Pass each event to a function, as the signed request that LiveKit would post.

        No sockets, no threads: the function is called by ``flush`` or ``aflush`` of the result.

        Args:
            receiver: a function or coroutine function of URL, headers and body that returns the
                status.
            places: the URLs to post to; by default those of the configuration, or an invented one.
            api_key: as for ``Webhooks``.
            rules: as for ``Webhooks``.
        """
        urls = places or self.runtime.config.webhooks or (_DEFAULT_URL,)
        return Webhooks(self, urls, api_key=api_key, post=receiver, rules=rules)
