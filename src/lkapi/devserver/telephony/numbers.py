"""Phone numbers that can be bought; LiveKit Cloud only, so no recording exists.

All of them are fictional: 555-0100 to 555-0199 in each area code is reserved for examples.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from lkapi.devserver.runtime.forgetting import forget_oldest
from lkapi.devserver.snapshots.values import write_messages
from lkapi.devserver.telephony.number_format import normalize
from lkapi.devserver.telephony.sip_checks import rule_not_found
from lkapi.errors import AlreadyExistsError, NotFoundError
from lkapi.protocol.phone_number import (
    PhoneNumber,
    PhoneNumberInboundStatus,
    PhoneNumberStatus,
    PhoneNumberType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.devserver.telephony.dispatch_rules import DispatchRules

__all__ = ["Numbers"]

AREAS: Final = {
    "212": ("New York", "NY"),
    "415": ("San Francisco", "CA"),
    "512": ("Austin", "TX"),
    "617": ("Boston", "MA"),
}
"""Area codes for a search without one."""
_FICTIONAL: Final = re.compile(r"\+1([2-9]\d\d)55501(\d\d)", re.ASCII)
_AREA: Final = re.compile(r"[2-9]\d\d", re.ASCII)
_COUNTRIES: Final = ("", "US")


class Numbers:
    """The phone numbers that a project owns or owned, by id."""

    def __init__(self, runtime: Runtime, rules: DispatchRules) -> None:
        self._runtime = runtime
        self._rules = rules
        self.by_id: dict[str, PhoneNumber] = {}

    def search(self, country: str, area: str) -> list[PhoneNumber]:
        """Numbers that can be bought; there are none outside the US."""
        areas = [area] if area else list(AREAS)
        if country.upper() not in _COUNTRIES:
            return []
        owned = {number.e164_format for number in self._owned()}
        return [
            _describe(code, last)
            for code in areas
            if _AREA.fullmatch(code)
            for last in range(100)
            if f"+1{code}55501{last:02}" not in owned
        ]

    def buy(self, numbers: Sequence[str], rule_id: str) -> list[PhoneNumber]:
        """Buy numbers, all or none of them.

        Raises:
            NotFoundError: one is not available, or the rule does not exist.
            AlreadyExistsError: one is already owned.
        """
        with self._runtime.lock:
            if rule_id and rule_id not in self._rules.by_id:
                raise rule_not_found()
            bought = [self._make(number, rule_id) for number in dict.fromkeys(numbers)]
            for number in bought:
                self.by_id[number.id] = number
            forget_oldest(self.by_id, _is_released)
            return [number.copy() for number in bought]

    def find(self, number_id: str, number: str) -> PhoneNumber:
        """An owned number, by its id or by the number.

        Raises:
            NotFoundError: it is not owned.
        """
        for owned in self._owned():
            if owned.id == number_id or (not number_id and owned.e164_format == normalize(number)):
                return owned
        raise NotFoundError("not_found", "phone number not found")

    def release(self, number: PhoneNumber) -> None:
        """Release an owned number; it can be bought again."""
        number.status = PhoneNumberStatus.PHONE_NUMBER_STATUS_RELEASED
        number.inbound_status = PhoneNumberInboundStatus.PHONE_NUMBER_IN_STATUS_UNAVAILABLE
        number.released_at = self._now()
        assign(number, "")

    def rule_for(self, called: str) -> str:
        """Id of the dispatch rule of an owned number; empty if there is none."""
        wanted = normalize(called)
        owned = (number for number in self._owned() if number.e164_format == wanted)
        return next((rule for number in owned for rule in number.sip_dispatch_rule_ids), "")

    def change(self, number: PhoneNumber, *, rule_id: str | None, name: str | None) -> PhoneNumber:
        """Change the dispatch rule or the name of a number; None keeps it.

        Raises:
            NotFoundError: the rule does not exist.
        """
        if rule_id and rule_id not in self._rules.by_id:
            raise rule_not_found()
        if rule_id is not None:
            assign(number, rule_id)
            number.assigned_at = self._now() if rule_id else None
        if name is not None:
            number.name = name
        number.updated_at = self._now()
        return number.copy()

    def save(self) -> list[str]:
        """The numbers as part of a snapshot."""
        return write_messages(self.by_id.values())

    def load(self, saved: Saved) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        numbers = saved.messages(PhoneNumber)

        def put() -> None:
            self.by_id = {number.id: number for number in numbers}

        return put

    def _owned(self) -> Iterator[PhoneNumber]:
        return (number for number in self.by_id.values() if not _is_released(number))

    def _make(self, text: str, rule_id: str) -> PhoneNumber:
        e164 = normalize(text)
        fictional = _FICTIONAL.fullmatch(e164)
        if fictional is None:
            raise NotFoundError("not_found", f"phone number {text} is not available")
        if any(owned.e164_format == e164 for owned in self._owned()):
            raise AlreadyExistsError("already_exists", f"phone number {text} is already owned")
        number = _describe(fictional[1], int(fictional[2]))
        number.id = self._runtime.ids.make("PN_")
        number.created_at = number.updated_at = self._now()
        number.status = PhoneNumberStatus.PHONE_NUMBER_STATUS_ACTIVE
        number.inbound_status = PhoneNumberInboundStatus.PHONE_NUMBER_IN_STATUS_ACTIVE
        assign(number, rule_id)
        if rule_id:
            number.assigned_at = self._now()
        return number

    def _now(self) -> datetime:
        return datetime.fromtimestamp(int(self._runtime.clock.now()), timezone.utc)


def _is_released(number: PhoneNumber) -> bool:
    return number.status == PhoneNumberStatus.PHONE_NUMBER_STATUS_RELEASED


def assign(number: PhoneNumber, rule_id: str) -> None:
    """Set the dispatch rule in the old field and the new one."""
    number.sip_dispatch_rule_id = rule_id
    number.sip_dispatch_rule_ids = [rule_id] if rule_id else []


def _describe(area: str, last: int) -> PhoneNumber:
    locality, region = AREAS.get(area, ("", ""))
    return PhoneNumber(
        e164_format=f"+1{area}55501{last:02}",
        country_code="US",
        area_code=area,
        number_type=PhoneNumberType.PHONE_NUMBER_TYPE_LOCAL,
        locality=locality,
        region=region,
        capabilities=["voice"],
    )
