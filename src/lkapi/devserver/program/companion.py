"""What may be served beside the server: a console, which the server itself does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from lkapi.devserver.events.webhooks import Webhooks
    from lkapi.devserver.server.dev_server import DevServer

__all__ = ["Companion", "Surroundings"]


@attrs.frozen(kw_only=True)
class Surroundings:
    """What a companion is told of the server."""

    server: DevServer
    webhooks: Webhooks
    url: str
    """Where clients reach the server."""
    api_key: str
    api_secret: str = attrs.field(repr=False)
    host: str
    """The address that the server listens on."""
    port: int | None
    """The companion's port, 0 for any free one; None where the user named none."""
    announce: Callable[[str], None]
    """Takes a line to print."""


class Companion(Protocol):
    """Serves something beside the server while the block lasts, and announces where."""

    def __call__(self, surroundings: Surroundings, /) -> AbstractContextManager[object]:
        """Make it.

        Raises:
            SettingsError: it cannot be served.
        """
        ...
