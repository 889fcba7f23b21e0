"""What the parts of a world share, so that no part needs the whole world."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.runtime.clock import Clock
    from lkapi.devserver.runtime.config import WorldConfig
    from lkapi.devserver.runtime.ids import Ids

__all__ = ["Runtime"]


class Runtime:
    """Configuration, clock, ids and lock of one world, and the work that becomes due in it."""

    def __init__(self, config: WorldConfig, clock: Clock, ids: Ids) -> None:
        self.config = config
        self.clock = clock
        self.ids = ids
        self.lock = threading.RLock()
        """Held while the state of the world is read or changed."""
        self.node_id = ids.make("ND_")
        """Id of this server's node."""
        self._due_work: list[Callable[[], None]] = []
        self._settling = False

    def add_due_work(self, work: Callable[[], None]) -> None:
        """Call a function in each ``settle``, after those added before."""
        self._due_work.append(work)

    def settle(self) -> None:
        """Do what is due: rooms close, calls ring, recorders start and stop.

        Call it with the lock held. A call from within due work does nothing.
        """
        if self._settling:
            return
        self._settling = True
        try:
            for work in self._due_work:
                work()
        finally:
            self._settling = False
