"""One server on several ports, each of them a region of the same project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.front_ends.threaded import HTTPFrontEnd
from lkapi.devserver.server.dev_server import DevServer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ssl import SSLContext
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.devserver.world import World

__all__ = ["RegionalFrontEnd"]


class RegionalFrontEnd:
    """Serves one server on several ports and lists them in ``/settings/regions``.

    Args:
        server: the server, or a world for a new one.
        host: address to listen on.
        ports: one for each region, the primary one first; 0 for any free one.
        advertise: the part before the port in clients' URLs, ``http://127.0.0.1``; the host by
            default.
        tls: serves ``https`` with this context.
    """

    def __init__(
        self,
        server: DevServer | World | None = None,
        *,
        host: str = "127.0.0.1",
        ports: Sequence[int] = (0, 0, 0, 0),
        advertise: str = "",
        tls: SSLContext | None = None,
    ) -> None:
        self.server = server if isinstance(server, DevServer) else DevServer(server)
        self.fronts: list[HTTPFrontEnd] = []
        """The front end of each region."""
        try:
            for port in ports:
                self.fronts.append(HTTPFrontEnd(self.server, host=host, port=port, tls=tls))
        except OSError:
            self.close()
            raise
        shown = [f"{advertise}:{f.port}" if advertise else f.url for f in self.fronts]
        for front, origin in zip(self.fronts, shown, strict=True):
            front.origin = origin
        self.server.origins = tuple(shown)

    @property
    def urls(self) -> tuple[str, ...]:
        """The URLs of the regions, the primary one first."""
        return self.server.origins

    @property
    def world(self) -> World:
        """The world behind all regions."""
        return self.server.world

    def start(self) -> Self:
        """Serve every region from threads in the background."""
        for front in self.fronts:
            front.start()
        return self

    def close(self) -> None:
        """Stop serving; closing twice is allowed."""
        for front in self.fronts:
            front.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
