"""The events of a world as its user sees them: the log, and webhooks without sockets."""

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
"""Nothing is sent there: the receiving function is given it as the URL."""


class WorldEvents(EventLog):
    """An event log whose events can be handed to a function as signed webhook requests."""

    def deliver_to(
        self,
        receiver: Post | AsyncPost,
        *places: WebhookPlace,
        api_key: str = "",
        rules: DeliveryRules | None = None,
    ) -> Webhooks:
        """Hand each event to a function as the signed request that LiveKit would post.

        No sockets, no threads: the function is called by ``flush`` or ``aflush`` of the result.

        Args:
            receiver: given URL, headers and body it returns the status; it may be a coroutine
                function.
            places: the URLs to post to; those of the configuration by default, or one made up.
            api_key: as for ``Webhooks``.
            rules: as for ``Webhooks``.
        """
        urls = places or self.runtime.config.webhooks or (_DEFAULT_URL,)
        return Webhooks(self, urls, api_key=api_key, post=receiver, rules=rules)
