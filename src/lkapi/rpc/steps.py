"""What the driver of a call does next: the steps that a plan returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from lkapi.methods.info import Res

if TYPE_CHECKING:
    from attrs import frozen

    from lkapi.errors import LiveKitError
else:  # one is made for each call: see transports/base.py
    from attrs import define as frozen

__all__ = ["Again", "Discover", "Done", "Raise", "Step"]


@frozen
class Done(Generic[Res]):
    """The call succeeded."""

    value: Res


@frozen
class Raise:
    """The call failed for good."""

    error: LiveKitError


@frozen
class Again:
    """Wait so many seconds, then send ``next_request()``."""

    wait: float


@frozen
class Discover:
    """Find the regions, call ``on_regions()``, and do what it returns."""

    fresh: bool
    """Whether the list must be read again, even if one is cached."""


Step = Done[Res] | Raise | Again | Discover
