"""SIP trunks, inbound and outbound, and the numbers they match (recorded behaviours 45 to 48)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from lkapi.devserver.snapshots.values import write_messages
from lkapi.devserver.telephony.number_format import normalize, print_numbers
from lkapi.devserver.telephony.sip_checks import invalid_argument
from lkapi.protocol.sip import SIPInboundTrunkInfo, SIPOutboundTrunkInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.models import Pagination
    from lkapi.protocol.sip import SIPDispatchRuleInfo

    Item = TypeVar("Item", SIPInboundTrunkInfo, SIPOutboundTrunkInfo, SIPDispatchRuleInfo)

__all__ = ["Trunks", "check_conflicts", "number_matches", "page_after"]


class Trunks:
    """The trunks of a world, by id."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.inbound: dict[str, SIPInboundTrunkInfo] = {}
        """Trunks for calls from outside."""
        self.outbound: dict[str, SIPOutboundTrunkInfo] = {}
        """Trunks for calls to the outside."""

    def add_inbound(self, trunk: SIPInboundTrunkInfo) -> SIPInboundTrunkInfo:
        """Store a new inbound trunk under a new id.

        Raises:
            InvalidArgumentError: another trunk accepts the same calls.
        """
        with self._runtime.lock:
            numbers = trunk.numbers
            near = [t for t in self.sorted_inbound() if number_matches(numbers, t.numbers)]
            check_conflicts(with_new(near, trunk))
            stored = trunk.copy(sip_trunk_id=self._runtime.ids.make("ST_"))
            self.inbound[stored.sip_trunk_id] = stored
            return stored.copy()

    def put_inbound(self, trunk: SIPInboundTrunkInfo) -> SIPInboundTrunkInfo:
        """Replace the inbound trunk with the same id by a changed one.

        Raises:
            InvalidArgumentError: another trunk accepts the same calls.
        """
        with self._runtime.lock:
            check_conflicts(sorted_by_id({**self.inbound, trunk.sip_trunk_id: trunk}))
            self.inbound[trunk.sip_trunk_id] = trunk
            return trunk.copy()

    def add_outbound(self, trunk: SIPOutboundTrunkInfo) -> SIPOutboundTrunkInfo:
        """Store a new outbound trunk under a new id; several may have the same numbers."""
        with self._runtime.lock:
            stored = trunk.copy(sip_trunk_id=self._runtime.ids.make("ST_"))
            self.outbound[stored.sip_trunk_id] = stored
            return stored.copy()

    def delete(self, trunk_id: str) -> None:
        """Delete a trunk of either kind; dispatch rules keep its id."""
        with self._runtime.lock:
            self.inbound.pop(trunk_id, None)
            self.outbound.pop(trunk_id, None)

    def sorted_inbound(self) -> list[SIPInboundTrunkInfo]:
        """Inbound trunks in the order of their ids."""
        return sorted_by_id(self.inbound)

    def sorted_outbound(self) -> list[SIPOutboundTrunkInfo]:
        """Outbound trunks in the order of their ids."""
        return sorted_by_id(self.outbound)

    def find_outbound(self, number: str) -> SIPOutboundTrunkInfo | None:
        """The first outbound trunk that may call from a number."""
        wanted = normalize(number)
        for trunk in self.sorted_outbound():
            if wanted in [normalize(own) for own in trunk.numbers]:
                return trunk
        return None

    def save(self) -> dict[str, Any]:
        """The trunks as part of a snapshot."""
        return {
            "inbound": write_messages(self.inbound.values()),
            "outbound": write_messages(self.outbound.values()),
        }

    def load(self, saved: Saved) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        inbound = saved.at("inbound").messages(SIPInboundTrunkInfo)
        outbound = saved.at("outbound").messages(SIPOutboundTrunkInfo)

        def put() -> None:
            self.inbound = {trunk.sip_trunk_id: trunk for trunk in inbound}
            self.outbound = {trunk.sip_trunk_id: trunk for trunk in outbound}

        return put


def sorted_by_id(items: dict[str, Item]) -> list[Item]:
    """The items of a store in the order of their ids, as in every SIP list."""
    return [items[key] for key in sorted(items)]


def with_new(kept: list[Item], new: Item) -> list[Item]:
    """The order in which the server compares items with a new one: the first, the new, the rest.

    The server alternates between existing and new items. So a conflict with its first item names
    that item, and any other conflict names the new one.
    """
    items = list(kept)
    items.insert(1, new)
    return items


def page_after(
    items: Iterable[tuple[str, Item]], page: Pagination | None, *, keep_limit: bool
) -> list[Item]:
    """What follows ``page.after_id``; a self-hosted server ignores the limit."""
    start = page.after_id if page is not None else ""
    found = [item.copy() for key, item in items if not start or key > start]
    limit = page.limit if page is not None and keep_limit else 0
    return found[:limit] if limit > 0 else found


def number_matches(wanted: Sequence[str], numbers: Sequence[str]) -> bool:
    """Whether a trunk's numbers match a filter; without numbers on either side, they match."""
    if not wanted or not numbers:
        return True
    return not {normalize(n) for n in wanted}.isdisjoint(normalize(n) for n in numbers)


def check_conflicts(trunks: Sequence[SIPInboundTrunkInfo]) -> None:
    """Refuse two trunks that would accept the same call; the new one has no id."""
    taken: dict[tuple[str, str], SIPInboundTrunkInfo] = {}
    for trunk in trunks:
        for number in trunk.numbers or [""]:
            for caller in trunk.allowed_numbers or [""]:
                key = normalize(number), normalize(caller)
                other = taken.setdefault(key, trunk)
                if other is not trunk:
                    raise invalid_argument(_conflict(trunk, other, caller))


def _conflict(trunk: SIPInboundTrunkInfo, other: SIPInboundTrunkInfo, caller: str) -> str:
    names = " and ".join(f'"{t.sip_trunk_id or "<new>"}"' for t in (trunk, other))
    why = f'and AllowedNumber "{caller}"' if caller else "without AllowedNumbers set"
    numbers = print_numbers(trunk.numbers)
    return f"Conflicting inbound SIP Trunks: {names}, using the same number(s) {numbers} {why}"
