"""SIP dispatch rules: the room that a call from outside joins (recorded behaviours 47 to 49)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.devserver.http.errors import inner_error
from lkapi.devserver.snapshots.values import write_messages
from lkapi.devserver.telephony.number_format import normalize
from lkapi.devserver.telephony.sip_checks import invalid_argument
from lkapi.devserver.telephony.trunks import sorted_by_id, with_new
from lkapi.errors import InvalidArgumentError
from lkapi.protocol.sip import SIPDispatchRuleInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.sip import (
        SIPDispatchRuleCallee,
        SIPDispatchRuleDirect,
        SIPDispatchRuleIndividual,
    )

__all__ = ["DispatchRules", "InboundCall", "check_conflicts", "room_and_pin"]

_ORDER = ("dispatch_rule_direct", "dispatch_rule_individual", "dispatch_rule_callee")


@attrs.frozen(kw_only=True)
class InboundCall:
    """A call from outside, for matching rules."""

    caller: str
    called: str
    trunk_id: str = ""
    """The inbound trunk that accepted the call."""
    pin: str = ""
    """The PIN that the caller entered."""


class DispatchRules:
    """The dispatch rules of a world, by id."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.by_id: dict[str, SIPDispatchRuleInfo] = {}

    def add(self, rule: SIPDispatchRuleInfo) -> SIPDispatchRuleInfo:
        """Store a new rule under a new id.

        Raises:
            InvalidArgumentError: it has no rule, or matches the same calls as another.
        """
        with self._runtime.lock:
            check_conflicts(with_new(self.sorted(), rule))
            stored = rule.copy(sip_dispatch_rule_id=self._runtime.ids.make("SDR_"))
            self.by_id[stored.sip_dispatch_rule_id] = stored
            return stored.copy()

    def put(self, rule: SIPDispatchRuleInfo) -> SIPDispatchRuleInfo:
        """Replace the rule with the same id by a changed one.

        Raises:
            InvalidArgumentError: it has no rule, or matches the same calls as another.
        """
        with self._runtime.lock:
            check_conflicts(sorted_by_id({**self.by_id, rule.sip_dispatch_rule_id: rule}))
            self.by_id[rule.sip_dispatch_rule_id] = rule
            return rule.copy()

    def sorted(self) -> list[SIPDispatchRuleInfo]:
        """The rules in the order of their ids."""
        return sorted_by_id(self.by_id)

    def match(self, call: InboundCall) -> SIPDispatchRuleInfo | None:
        """The rule for a call: rules for its trunk come before those for all trunks."""
        fitting = [rule for rule in self.sorted() if _fits(rule, call)]
        own = [rule for rule in fitting if rule.trunk_ids]
        return min(own or fitting, key=_priority, default=None)

    def room_for(self, rule: SIPDispatchRuleInfo, call: InboundCall) -> str:
        """The room that a matched rule gives a call: one for each caller, or one for all."""
        body, room = _body(rule), room_and_pin(rule)[0]
        kind = _kind(rule)
        if kind == "dispatch_rule_individual":
            parts = [room, call.caller]
            if not getattr(body, "no_randomness", False):
                parts.append(self._runtime.ids.make(""))
            return "_".join(parts)
        if kind == "dispatch_rule_callee":
            parts = [room, call.called] if room else [call.called]
            if getattr(body, "randomize", False):
                parts.append(self._runtime.ids.make(""))
            return "_".join(parts)
        return room

    def save(self) -> list[str]:
        """The rules as part of a snapshot."""
        return write_messages(self.by_id.values())

    def load(self, saved: Saved) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        rules = saved.messages(SIPDispatchRuleInfo)

        def put() -> None:
            self.by_id = {rule.sip_dispatch_rule_id: rule for rule in rules}

        return put


def _kind(info: SIPDispatchRuleInfo) -> str | None:
    return None if info.rule is None else info.rule.which_oneof("rule")


def _body(
    info: SIPDispatchRuleInfo,
) -> SIPDispatchRuleDirect | SIPDispatchRuleIndividual | SIPDispatchRuleCallee | None:
    rule = info.rule
    if rule is None:
        return None
    return rule.dispatch_rule_direct or rule.dispatch_rule_individual or rule.dispatch_rule_callee


def room_and_pin(info: SIPDispatchRuleInfo) -> tuple[str, str]:
    """Room name or prefix, and PIN, of a rule of any kind.

    Raises:
        InvalidArgumentError: the rule has no kind.
    """
    body = _body(info)
    if body is None:
        text = "unsupported SIP Dispatch Rule: <nil>"
        raise inner_error(InvalidArgumentError, "invalid_argument", text)
    room = getattr(body, "room_name", "") or getattr(body, "room_prefix", "")
    return room, body.pin


def check_conflicts(rules: Sequence[SIPDispatchRuleInfo]) -> None:
    """Refuse two rules for the same trunk, numbers and PIN; the new one has no id."""
    taken: dict[tuple[str, str, str, str], SIPDispatchRuleInfo] = {}
    for rule in rules:
        pin = room_and_pin(rule)[1]
        for trunk in rule.trunk_ids or [""]:
            for caller in rule.inbound_numbers or [""]:
                for called in rule.numbers or [""]:
                    key = pin, trunk, normalize(caller), normalize(called)
                    other = taken.setdefault(key, rule)
                    if other is not rule:
                        raise invalid_argument(_conflict(other))


def _conflict(other: SIPDispatchRuleInfo) -> str:
    what = "the same trunk, inbound number, number, and PIN combination"
    where = f'"{other.sip_dispatch_rule_id or "<new>"}" "{other.name}"'
    return f"Dispatch rule for {what} already exists in dispatch rule {where}"


def _fits(rule: SIPDispatchRuleInfo, call: InboundCall) -> bool:
    pin = room_and_pin(rule)[1]
    return (
        pin == call.pin
        and (not rule.trunk_ids or call.trunk_id in rule.trunk_ids)
        and _allows(rule.inbound_numbers, call.caller)
        and _allows(rule.numbers, call.called)
    )


def _allows(numbers: Sequence[str], number: str) -> bool:
    return not numbers or normalize(number) in [normalize(allowed) for allowed in numbers]


def _priority(rule: SIPDispatchRuleInfo) -> tuple[bool, int, str]:
    """Rules for certain callers first, then direct, individual, callee."""
    kind = _kind(rule)
    order = _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
    return not rule.inbound_numbers, order, room_and_pin(rule)[0]
