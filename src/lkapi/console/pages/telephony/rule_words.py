"""Dispatch rules and numbers, as the explanation of a call's route needs them, and in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import lkapi

__all__ = [
    "KINDS", "ExampleCall", "allows", "called_kind", "listed", "normalize", "oneof_of", "place_of",
    "room_and_pin", "room_start",
]  # fmt: skip

_NUMBER: Final = re.compile(r"\+?[\d\- ()]+", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", " -()")
KINDS: Final = ("dispatch_rule_direct", "dispatch_rule_individual", "dispatch_rule_callee")
"""The kinds of rules, in order of precedence."""


@attrs.frozen(kw_only=True)
class ExampleCall:
    """An imagined call from outside."""

    caller: str
    called: str
    pin: str = attrs.field(default="", repr=False)
    """The PIN that the caller enters; empty for none."""


def oneof_of(rule: Any) -> str:
    """The member of the rule's oneof; empty for none."""
    return str(rule.rule.which_oneof("rule") or "") if rule.rule is not None else ""


def called_kind(rule: lkapi.SIPDispatchRuleInfo) -> str:
    """``direct``, ``individual`` or ``callee``; empty for another."""
    return oneof_of(rule).removeprefix("dispatch_rule_")


def room_and_pin(rule: Any) -> tuple[str | None, str]:
    """The room, or the beginning of its name, and the PIN; no room for an unknown kind."""
    kind = oneof_of(rule)
    if kind not in KINDS:
        return None, ""
    body: Any = getattr(rule.rule, kind)
    return getattr(body, "room_name", "") or getattr(body, "room_prefix", ""), body.pin


def place_of(rule: lkapi.SIPDispatchRuleInfo, call: ExampleCall | None = None) -> str:
    """The room of a rule in words, with the numbers of a call if there is one."""
    if room_and_pin(rule)[0] is None:
        return "an unknown room"
    start, more = room_start(rule, call)
    return f"a room of its own, {start}_ and random letters" if more else f"the room {start}"


def room_start(rule: lkapi.SIPDispatchRuleInfo, call: ExampleCall | None) -> tuple[str, bool]:
    """How the name of the room begins, and whether random letters follow."""
    room, kind = room_and_pin(rule)[0] or "", called_kind(rule)
    body: Any = getattr(rule.rule, oneof_of(rule))
    if kind == "individual":
        return f"{room}_{call.caller if call else 'CALLER'}", not body.no_randomness
    if kind == "callee":
        called = call.called if call else "CALLED"
        return f"{room}_{called}" if room else called, body.randomize
    return room, False


def listed(texts: Sequence[str], most: int = 4) -> str:
    """The first texts of a list, and how many more there are."""
    shown = ", ".join(texts[:most])
    return f"{shown} and {len(texts) - most} more" if len(texts) > most else shown


def allows(numbers: Sequence[str], number: str) -> bool:
    """Whether a list of numbers allows a number; an empty list allows all."""
    return not numbers or normalize(number) in map(normalize, numbers)


def normalize(number: str) -> str:
    """A number with a plus and without its separators; other texts as they are."""
    if not _NUMBER.fullmatch(number):
        return number
    return "+" + number.translate(_SEPARATORS).lstrip("+")
