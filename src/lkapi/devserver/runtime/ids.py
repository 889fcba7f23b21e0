"""Ids, sids and passwords that a server makes; with a seed, tests get the same ones again."""

from __future__ import annotations

import os
import random
import uuid
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.snapshots.values import Saved

__all__ = ["Ids"]

_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Letters and digits that are not easily confused, as in the recorded ids."""
_PASSWORD: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # noqa: S105


class Ids:
    """A source of ids: the same ones for the same seed, unpredictable without a seed."""

    def __init__(self, seed: int | None = None) -> None:
        self._seeded = seed is not None
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def make(self, prefix: str, length: int = 12) -> str:
        """A new id such as ``RM_ZqzmN5jxyZgU``."""
        return prefix + self._letters(_ALPHABET, length)

    def turn_password(self) -> str:
        """The TURN password of a room: 43 letters and digits."""
        return self._letters(_PASSWORD, 43)

    def uuid(self) -> str:
        """A random UUID (version 4)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def save(self) -> Any:
        """The position of a seeded source, as part of a snapshot; None for a random one."""
        if isinstance(self._random, random.SystemRandom):
            return None
        version, state, _ = self._random.getstate()
        return [version, list(state)]

    def load(self, saved: Saved) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned continues from there.

        Without that, a seed would produce the ids of the snapshot again. If either source is
        random, there is nothing to continue.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        if saved.missing or isinstance(self._random, random.SystemRandom):
            return lambda: None
        fresh = random.Random()  # noqa: S311 - ids of a test server
        try:
            version, state = saved.items()
            fresh.setstate((version.integer(), tuple(n.integer() for n in state.items()), None))
        except (ValueError, TypeError, OverflowError):
            raise saved.error("is not the state of a source of ids") from None

        def put() -> None:
            self._random = fresh

        return put

    def _letters(self, alphabet: str, length: int) -> str:
        if self._seeded:
            return "".join(self._random.choices(alphabet, k=length))
        return "".join([alphabet[byte % len(alphabet)] for byte in os.urandom(length)])
