"""Which trunk and which dispatch rule an example call from outside would match, and why, in words.

LiveKit's order: trunks that name the called number come before those for any number; then rules of
the trunk before those for any trunk; then rules for certain callers; then direct, individual,
callee. Pure functions over the lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from lkapi.console.pages.telephony.rule_words import (
    KINDS,
    ExampleCall,
    allows,
    called_kind,
    listed,
    normalize,
    oneof_of,
    place_of,
    room_and_pin,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import lkapi

__all__ = ["Routing", "Verdict", "route_call"]


@attrs.frozen(kw_only=True)
class Verdict:
    """The verdict on one trunk or rule."""

    item: Any
    id: str
    chosen: bool = False
    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Routing:
    """Where a call goes."""

    trunk: lkapi.SIPInboundTrunkInfo | None = None
    rule: lkapi.SIPDispatchRuleInfo | None = None
    """None if the call is not accepted."""
    answer: str
    trunks: tuple[Verdict, ...] = ()
    """The chosen one first, then the nearest ones."""
    rules: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    """What the lists do not show, or what also happens."""


def route_call(
    call: ExampleCall,
    trunks: Sequence[lkapi.SIPInboundTrunkInfo],
    rules: Sequence[lkapi.SIPDispatchRuleInfo],
    numbers: Iterable[lkapi.PhoneNumber] = (),
) -> Routing:
    """Say what a server would do with a call.

    Args:
        call: the call.
        trunks: all inbound trunks.
        rules: all dispatch rules.
        numbers: the project's own phone numbers; self-hosted servers have none.
    """
    bound = _bound_rule(call, rules, numbers)
    trunk, judged_trunks = _choose_trunk(call, trunks)
    if trunk is None and trunks and bound is None:
        return Routing(
            answer=f"Not taken: none of the inbound trunks takes calls from {call.caller} "
            f"to {call.called}. Dispatch rules are not looked at.",
            trunks=judged_trunks,
        )
    if bound is not None:
        rule, judged_rules = _open_to(bound, call), _judge_bound(call, bound, rules)
    else:
        rule, judged_rules = _choose_rule(call, trunk, rules)
    return Routing(
        trunk=trunk,
        rule=rule,
        answer=_answer(call, trunk, rule, bound),
        trunks=judged_trunks,
        rules=judged_rules,
        notes=tuple(_notes(call, trunk, rules, bound=bound is not None)),
    )


def _answer(call: ExampleCall, trunk: Any, rule: Any, bound: Any) -> str:
    if rule is None and bound is not None:
        return f"Not taken: rule {_name(bound)} of this phone number has a PIN, not the one typed."
    by = f"Trunk {_name(trunk)} takes the call" if trunk else "No trunk is needed"
    if rule is None:
        return f"Not taken: {by[0].lower()}{by[1:]}, but no dispatch rule fits."
    return f"{by}, rule {_name(rule)} puts it into {place_of(rule, call)}."


def _name(item: Any) -> str:
    return str(item.name or _id(item))


def _id(item: Any) -> str:
    return str(getattr(item, "sip_trunk_id", "") or getattr(item, "sip_dispatch_rule_id", ""))


# Trunks.


def _choose_trunk(
    call: ExampleCall, trunks: Sequence[Any]
) -> tuple[Any | None, tuple[Verdict, ...]]:
    ordered = sorted(trunks, key=_id)
    against = {_id(trunk): tuple(_against_trunk(call, trunk)) for trunk in ordered}
    fitting = [trunk for trunk in ordered if not against[_id(trunk)]]
    chosen = next(iter([trunk for trunk in fitting if trunk.numbers] or fitting), None)
    return chosen, _nearest_first(
        Verdict(
            item=trunk,
            id=_id(trunk),
            chosen=trunk is chosen,
            reasons=against[_id(trunk)] or (_about_fitting_trunk(call, trunk, chosen),),
        )
        for trunk in ordered
    )


def _against_trunk(call: ExampleCall, trunk: Any) -> Iterable[str]:
    if not allows(trunk.numbers, call.called):
        yield f"It has {listed(trunk.numbers)}, not {call.called}."
    if not allows(trunk.allowed_numbers, call.caller):
        yield f"It takes calls from {listed(trunk.allowed_numbers)} only, not from {call.caller}."


def _about_fitting_trunk(call: ExampleCall, trunk: Any, chosen: Any) -> str:
    if trunk is not chosen:
        if chosen.numbers and not trunk.numbers:
            return f"It takes any number, but {_name(chosen)} names {call.called} and goes first."
        return (
            f"It fits as well, but {_name(chosen)} comes first by its id. A LiveKit server may "
            "refuse a call that several trunks fit."
        )
    which = (
        f"It has the number {call.called}" if trunk.numbers
        else f"It takes any number, and no trunk that fits names {call.called}"
    )  # fmt: skip
    whom = f"takes calls from {call.caller}" if trunk.allowed_numbers else "takes any caller"
    return f"{which}, and {whom}."


# Rules.


def _choose_rule(
    call: ExampleCall, trunk: Any, rules: Sequence[Any]
) -> tuple[Any | None, tuple[Verdict, ...]]:
    ordered = sorted(rules, key=_id)
    against = {_id(rule): tuple(_against_rule(call, trunk, rule)) for rule in ordered}
    fitting = [rule for rule in ordered if not against[_id(rule)]]
    own = [rule for rule in fitting if rule.trunk_ids]
    chosen = min(own or fitting, key=_priority, default=None)
    return chosen, _nearest_first(
        Verdict(
            item=rule,
            id=_id(rule),
            chosen=rule is chosen,
            reasons=against[_id(rule)] or (_about_fitting_rule(rule, chosen),),
        )
        for rule in ordered
    )


def _against_rule(call: ExampleCall, trunk: Any, rule: Any) -> Iterable[str]:
    room, pin = room_and_pin(rule)
    if room is None:
        yield "This console does not know its kind."
    if pin != call.pin:
        yield _about_pin(call, pin)
    yield from _against_place(call, trunk, rule)


def _against_place(call: ExampleCall, trunk: Any, rule: Any) -> Iterable[str]:
    if rule.trunk_ids and (trunk is None or trunk.sip_trunk_id not in rule.trunk_ids):
        met = f"not for {trunk.sip_trunk_id}" if trunk else "and no trunk takes the call"
        yield f"It is for {listed(rule.trunk_ids)}, {met}."
    if not allows(rule.inbound_numbers, call.caller):
        yield f"It is for calls from {listed(rule.inbound_numbers)} only, not from {call.caller}."
    if not allows(rule.numbers, call.called):
        yield f"It is for calls to {listed(rule.numbers)} only, not to {call.called}."


def _about_pin(call: ExampleCall, pin: str) -> str:
    if not call.pin:
        return "It asks for a PIN, but the caller enters none."
    return "It has another PIN." if pin else "It has no PIN, and is for callers who entered none."


def _about_fitting_rule(rule: Any, chosen: Any) -> str:
    if rule is chosen:
        return _why_chosen(rule)
    first = _name(chosen)
    if chosen.trunk_ids and not rule.trunk_ids:
        return f"It fits, but it is for any trunk, and {first} names the trunk."
    if chosen.inbound_numbers and not rule.inbound_numbers:
        return f"It fits, but it is for any caller, and {first} names the caller."
    if called_kind(rule) != called_kind(chosen):
        return f"It fits, but {called_kind(chosen)} rules such as {first} go before it."
    if room_and_pin(rule)[0] != room_and_pin(chosen)[0]:
        return f"It fits, but the room of {first} comes before in the alphabet."
    return f"It fits, but {first} comes first by its id."


def _why_chosen(rule: Any) -> str:
    parts = ["names the trunk"] if rule.trunk_ids else []
    parts += ["names the caller"] if rule.inbound_numbers else []
    if rule.numbers:
        parts.append("names the called number")
    if room_and_pin(rule)[1]:
        parts.append("has the PIN that was typed")
    said = " and ".join(parts) or "matches any trunk and any caller"
    return f"It {said}; no matching rule comes before it."


def _judge_bound(call: ExampleCall, bound: Any, rules: Sequence[Any]) -> tuple[Verdict, ...]:
    return _nearest_first(
        Verdict(
            item=rule,
            id=_id(rule),
            chosen=rule is _open_to(bound, call),
            reasons=(
                _about_bound(call, bound)
                if rule is bound
                else f"Not looked at: the phone number {call.called} is bound to {_name(bound)}.",
            ),
        )
        for rule in sorted(rules, key=_id)
    )


def _open_to(bound: Any, call: ExampleCall) -> Any | None:
    """The rule of an own phone number, unless it has another PIN than was typed."""
    return bound if room_and_pin(bound)[1] in ("", call.pin) else None


def _about_bound(call: ExampleCall, bound: Any) -> str:
    said = f"The phone number {call.called} is bound to it."
    return said if _open_to(bound, call) else f"{said} {_about_pin(call, room_and_pin(bound)[1])}"


def _bound_rule(call: ExampleCall, rules: Sequence[Any], numbers: Iterable[Any]) -> Any | None:
    """The rule that an own phone number is bound to."""
    wanted = normalize(call.called)
    ids = [
        rule_id
        for number in numbers
        if normalize(number.e164_format) == wanted
        for rule_id in number.sip_dispatch_rule_ids
    ]
    return next((rule for rule in rules if ids and rule.sip_dispatch_rule_id == ids[0]), None)


def _priority(rule: Any) -> tuple[bool, int, str]:
    return not rule.inbound_numbers, KINDS.index(oneof_of(rule)), room_and_pin(rule)[0] or ""


# What the lists do not show.


def _notes(call: ExampleCall, trunk: Any, rules: Sequence[Any], *, bound: bool) -> Iterable[str]:
    if trunk is not None and trunk.allowed_addresses:
        yield (
            f"The trunk takes calls from the addresses {listed(trunk.allowed_addresses)} only; "
            "an example call has no address."
        )
    if trunk is not None and (trunk.auth_username or trunk.auth_password):
        yield "The trunk asks the caller's side for a user name and a password first."
    if not bound:
        yield from _note_on_pin(call, trunk, rules)


def _note_on_pin(call: ExampleCall, trunk: Any, rules: Sequence[Any]) -> Iterable[str]:
    """Callers are asked for a PIN if the first rule that matches, apart from its PIN, has one."""
    fitting = [
        one for one in sorted(rules, key=_id)
        if room_and_pin(one)[0] is not None and not [*_against_place(call, trunk, one)]
    ]  # fmt: skip
    own = [one for one in fitting if one.trunk_ids]
    first = min(
        own or fitting,
        key=lambda one: (not one.inbound_numbers, not room_and_pin(one)[1], *_priority(one)[1:]),
        default=None,
    )
    if first is None:
        return
    asked = bool(room_and_pin(first)[1])
    if asked and not call.pin:
        yield (
            f"The caller is asked for a PIN, because {_name(first)} has one and goes first; "
            "# without digits means none."
        )
    elif call.pin and not asked:
        yield (
            f"A LiveKit server does not ask this caller for a PIN, because {_name(first)} goes "
            "first and has none: the call may join its room instead."
        )


def _nearest_first(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts, key=lambda one: (not one.chosen, len(one.reasons))))
