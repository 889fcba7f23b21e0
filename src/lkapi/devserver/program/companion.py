"""Something served beside the server: a console, which the server does not depend on."""

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
    """What a companion knows about the server."""

    server: DevServer
    webhooks: Webhooks
    url: str
    """The URL of the server for clients."""
    api_key: str
    api_secret: str = attrs.field(repr=False)
    host: str
    """The address that the server listens on."""
    port: int | None
    """The companion's port, 0 for any free one; None if the user did not set one."""
    announce: Callable[[str], None]
    """Prints a line."""


class Companion(Protocol):
    """Serves something beside the server during the block, and announces its address."""

    def __call__(self, surroundings: Surroundings, /) -> AbstractContextManager[object]:
        """Create the context manager that serves it.

        Raises:
            SettingsError: it cannot be served.
        """
        ...
