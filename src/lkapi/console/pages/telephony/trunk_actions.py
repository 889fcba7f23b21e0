"""What can be done to trunks and dispatch rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.changing import ChangeAction
from lkapi.console.actions.shown import Command
from lkapi.message.typeguards import is_list
from lkapi.presentation.texts import show_count

if TYPE_CHECKING:
    from lkapi.console.console import Console

__all__ = ["TRUNK_ACTIONS"]

_UPDATED: Final = ("name", "metadata", "auth_username")
_INBOUND_LISTS: Final = ("numbers", "allowed_numbers", "allowed_addresses")
_SECRET_HELP: Final = "Unchanged when empty."  # noqa: S105 # says so


def _as_update(item: Any, names: tuple[str, ...]) -> Any:
    """An update with the current values; its lists are messages of their own."""
    values = {name: getattr(item, name) for name in names}
    return {
        name: {"set": list(value)} if is_list(value) else value for name, value in values.items()
    }


async def _inbound(console: Console, given: Form) -> Any:
    trunk = await console.store.find("sip-inbound", "sip_trunk_id", given.get("sip_trunk_id", ""))
    if trunk is None:
        return None
    names = (*_UPDATED, *_INBOUND_LISTS, "auth_realm")
    return lkapi.UpdateSIPInboundTrunkRequest(update=_as_update(trunk, names))


async def _outbound(console: Console, given: Form) -> Any:
    trunk = await console.store.find("sip-outbound", "sip_trunk_id", given.get("sip_trunk_id", ""))
    if trunk is None:
        return None
    names = (*_UPDATED, "address", "transport", "destination_country", "from_host")
    return lkapi.UpdateSIPOutboundTrunkRequest(update=_as_update(trunk, (*names, "numbers")))


async def _rule(console: Console, given: Form) -> Any:
    rule_id = given.get("sip_dispatch_rule_id", "")
    rule = await console.store.find("sip-rules", "sip_dispatch_rule_id", rule_id)
    if rule is None:
        return None
    update = _as_update(rule, ("name", "metadata", "trunk_ids"))
    return lkapi.UpdateSIPDispatchRuleRequest(update=update)


async def _ends_inbound(console: Console, request: Any) -> str:
    trunk = await console.store.find("sip-inbound", "sip_trunk_id", request.sip_trunk_id)
    if trunk is None:
        return "There is no such inbound trunk now."
    rules = (await console.store.read("sip-rules")).value or ()
    bound = sum(request.sip_trunk_id in rule.trunk_ids for rule in rules)
    numbers = ", ".join(trunk.numbers) or "any number"
    also = f" {show_count(bound, 'dispatch rule')} for it will no longer apply." if bound else ""
    return f"Calls to {numbers} will no longer be accepted by it.{also}"


async def _ends_outbound(console: Console, request: Any) -> str:
    trunk = await console.store.find("sip-outbound", "sip_trunk_id", request.sip_trunk_id)
    if trunk is None:
        return "There is no such outbound trunk now."
    numbers = ", ".join(trunk.numbers) or "any number"
    return f"It can no longer be used for calls from {numbers} through {trunk.address}."


async def _ends_rule(console: Console, request: Any) -> str:
    rule_id = request.sip_dispatch_rule_id
    rule = await console.store.find("sip-rules", "sip_dispatch_rule_id", rule_id)
    if rule is None:
        return "There is no such dispatch rule now."
    others = len(console.store.value("sip-rules")) - 1
    left = f"{show_count(others, 'rule')} left" if others else "no rule is left: no call is taken"
    return f"Calls that matched it match another rule or are refused; {left}."


_TRUNK: Final = ("sip-inbound", "sip-outbound")
_NUMBERS_HELP: Final = "Numbers of this trunk, one a line: +14155550111. Any number when empty."
_RULE_HELPS: Final = {
    "trunk_ids": "Ids of inbound trunks, one a line. Every trunk when empty.",
    "inbound_numbers": "Only for calls from these numbers, one a line.",
    "numbers": "Only for calls to these numbers, one a line.",
    "room_config.agents": 'Agents to dispatch, a JSON list: [{"agent_name": "helper"}].',
    "attributes": "Of the caller as a participant, one KEY=VALUE a line.",
}
_RULE_LABELS: Final = {
    "inbound_numbers": "Calling numbers",
    "numbers": "Called numbers",
    "trunk_ids": "Trunks",
    "room_config.agents": "Agents",
    "hide_phone_number": "Hide the caller's number",
}


def _inside(start: str, texts: dict[str, str]) -> dict[str, str]:
    return {f"{start}.{name}": text for name, text in texts.items()}


def _rule_action(kind: str, title: str, about: str, own: tuple[str, ...]) -> CallAction:
    """The form that creates one kind of rule."""
    body = f"dispatch_rule.rule.dispatch_rule_{kind}"

    def choose_kind(request: Any) -> None:
        """A rule without prefix and PIN still has its kind."""
        rule = request.dispatch_rule.rule or lkapi.SIPDispatchRule()
        if rule.which_oneof("rule") is None:
            setattr(rule, f"dispatch_rule_{kind}", {})
            request.dispatch_rule.rule = rule

    rest = ("trunk_ids", "inbound_numbers", "numbers", "hide_phone_number", "metadata",
            "attributes", "room_preset", "room_config.agents")  # fmt: skip
    return CallAction(
        name=f"rule.{kind}",
        title=title,
        row_name="sip.CREATE_SIP_DISPATCH_RULE",
        fields=(
            "dispatch_rule.name",
            *(f"{body}.{name}" for name in own),
            *(f"dispatch_rule.{name}" for name in rest),
        ),
        required=("dispatch_rule.name", *([f"{body}.room_name"] if kind == "direct" else [])),
        labels={
            **_inside("dispatch_rule", _RULE_LABELS),
            f"{body}.pin": "PIN",
            f"{body}.no_randomness": "The same room for each call of a caller",
            f"{body}.randomize": "A new room for each call",
        },
        helps={
            **_inside("dispatch_rule", _RULE_HELPS),
            f"{body}.pin": "Digits that callers must enter.",
            f"{body}.room_prefix": "How the names of the rooms begin.",
        },
        adjust=choose_kind,
        about=about,
        button="Create rule",
        topics=("sip-rules",),
        done="The rule was created.",
    )


_UPDATE_LABELS: Final = {
    f"update.{name}.set": text
    for name, text in (("numbers", "Numbers"), ("allowed_numbers", "Allowed numbers"),
                       ("allowed_addresses", "Allowed addresses"), ("trunk_ids", "Trunks"))
}  # fmt: skip

TRUNK_ACTIONS: Final = (
    CallAction(
        name="inbound.create",
        title="Create inbound trunk",
        row_name="sip.CREATE_SIP_INBOUND_TRUNK",
        fields=tuple(
            f"trunk.{name}"
            for name in (
                "name", "numbers", "allowed_numbers", "allowed_addresses", "auth_username",
                "auth_password", "krisp_enabled", "media_encryption", "metadata",
            )
        ),
        required=("trunk.name",),
        helps={
            "trunk.numbers": _NUMBERS_HELP,
            "trunk.allowed_numbers": "Calls from these numbers only, one a line.",
            "trunk.allowed_addresses": "Calls from these addresses only, one a line: "
            "198.51.100.0/24.",
        },
        about="Calls come in through inbound trunks. A trunk needs numbers, allowed addresses, "
        "or a user name and a password.",
        command=Command(words="sip inbound create", inside="trunk"),
        topics=_TRUNK,
        done="The inbound trunk was created.",
    ),
    ChangeAction(
        name="inbound.update",
        title="Change inbound trunk",
        row_name="sip.UPDATE_SIP_INBOUND_TRUNK",
        fixed=("sip_trunk_id",),
        required=("sip_trunk_id",),
        fields=(
            "update.name", "update.numbers.set", "update.allowed_numbers.set",
            "update.allowed_addresses.set", "update.auth_username", "update.auth_password",
            "update.auth_realm", "update.metadata",
        ),
        labels=_UPDATE_LABELS,
        helps={"update.auth_password": _SECRET_HELP},
        before=_inbound,
        about="Only changed fields are sent; emptied fields are cleared.",
        button="Change",
        topics=_TRUNK,
        done="Inbound trunk {sip_trunk_id} was changed.",
    ),
    CallAction(
        name="inbound.delete",
        title="Delete inbound trunk",
        row_name="sip.DELETE_SIP_TRUNK",
        fixed=("sip_trunk_id",),
        required=("sip_trunk_id",),
        command=Command(words="sip inbound delete", arguments=("sip_trunk_id",), asks=True),
        destroys=True,
        what_ends=_ends_inbound,
        topics=(*_TRUNK, "sip-rules"),
        done="Inbound trunk {sip_trunk_id} was deleted.",
    ),
    CallAction(
        name="outbound.create",
        title="Create outbound trunk",
        row_name="sip.CREATE_SIP_OUTBOUND_TRUNK",
        fields=tuple(
            f"trunk.{name}"
            for name in (
                "name", "address", "numbers", "transport", "auth_username", "auth_password",
                "destination_country", "from_host", "media_encryption", "metadata",
            )
        ),
        required=("trunk.name", "trunk.address", "trunk.numbers"),
        helps={
            "trunk.address": "The carrier's SIP host, without sip:, sip.example.com for example.",
            "trunk.numbers": "Numbers to call from, one a line: +14155550199.",
            "trunk.destination_country": "Two letters, US for example.",
        },
        about="Calls go out through outbound trunks.",
        command=Command(words="sip outbound create", inside="trunk"),
        topics=_TRUNK,
        done="The outbound trunk was created.",
    ),
    ChangeAction(
        name="outbound.update",
        title="Change outbound trunk",
        row_name="sip.UPDATE_SIP_OUTBOUND_TRUNK",
        fixed=("sip_trunk_id",),
        required=("sip_trunk_id",),
        fields=(
            "update.name", "update.address", "update.numbers.set", "update.transport",
            "update.auth_username", "update.auth_password", "update.destination_country",
            "update.from_host", "update.metadata",
        ),
        labels=_UPDATE_LABELS,
        helps={"update.auth_password": _SECRET_HELP},
        before=_outbound,
        about="Only changed fields are sent; emptied fields are cleared.",
        button="Change",
        topics=_TRUNK,
        done="Outbound trunk {sip_trunk_id} was changed.",
    ),
    CallAction(
        name="outbound.delete",
        title="Delete outbound trunk",
        row_name="sip.DELETE_SIP_TRUNK",
        fixed=("sip_trunk_id",),
        required=("sip_trunk_id",),
        command=Command(words="sip outbound delete", arguments=("sip_trunk_id",), asks=True),
        destroys=True,
        what_ends=_ends_outbound,
        topics=_TRUNK,
        done="Outbound trunk {sip_trunk_id} was deleted.",
    ),
    _rule_action(
        "direct", "Create direct rule", "All calls that meet it join the same room.",
        ("room_name", "pin"),
    ),
    _rule_action(
        "individual", "Create individual rule", "Each caller gets a room.",
        ("room_prefix", "pin", "no_randomness"),
    ),
    _rule_action(
        "callee", "Create callee rule", "Each called number has a room.",
        ("room_prefix", "pin", "randomize"),
    ),
    ChangeAction(
        name="rule.update",
        title="Change dispatch rule",
        row_name="sip.UPDATE_SIP_DISPATCH_RULE",
        fixed=("sip_dispatch_rule_id",),
        required=("sip_dispatch_rule_id",),
        fields=("update.name", "update.trunk_ids.set", "update.metadata"),
        labels=_UPDATE_LABELS,
        helps={"update.trunk_ids.set": _RULE_HELPS["trunk_ids"]},
        before=_rule,
        about="Its kind, its room and its numbers stay: for others, create another rule.",
        button="Change",
        topics=("sip-rules",),
        done="Dispatch rule {sip_dispatch_rule_id} was changed.",
    ),
    CallAction(
        name="rule.delete",
        title="Delete dispatch rule",
        row_name="sip.DELETE_SIP_DISPATCH_RULE",
        fixed=("sip_dispatch_rule_id",),
        required=("sip_dispatch_rule_id",),
        command=Command(
            words="sip rule delete", arguments=("sip_dispatch_rule_id",), asks=True
        ),
        destroys=True,
        what_ends=_ends_rule,
        topics=("sip-rules", "numbers"),
        done="Dispatch rule {sip_dispatch_rule_id} was deleted.",
    ),
)  # fmt: skip
"""Trunks and rules: create, change, delete."""
