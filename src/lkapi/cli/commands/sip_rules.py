"""``lkapi sip rule``: dispatch rules, which say into what room a call goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.deleting import delete_command
from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table

__all__ = ["rule"]

rule = Group("rule", help="Dispatch rules: into which room a call goes.")


def _table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "sip_dispatch_rule_id",
        Column("id", "sip_dispatch_rule_id", whole=True),
        Column("name", "name"),
        Column("rule", _describe),
        Column("trunks", lambda one: one.trunk_ids or "any"),
        Column("numbers", lambda one: one.inbound_numbers or None, wide=True),
        Column("agents", _agents, wide=True),
        empty="There are no dispatch rules.",
    )


def _describe(info: Any) -> str | None:
    """The kind of a rule, with its room or the beginning of its rooms' names."""
    kind = info.rule.which_oneof("rule") if info.rule else None
    if kind is None:
        return None
    detail = getattr(info.rule, kind)
    where = getattr(detail, "room_name", "") or getattr(detail, "room_prefix", "")
    return f"{kind.removeprefix('dispatch_rule_')} {where}".strip()


def _agents(info: Any) -> list[str]:
    return [agent.agent_name for agent in info.room_config.agents] if info.room_config else []


rule.add_command(
    ListCommand(
        "list",
        "sip.LIST_SIP_DISPATCH_RULE",
        items="items",
        table=_table,
        pager="sip.iter_dispatch_rule",
        skip=("page",),
        names={"dispatch_rule_ids": "--id", "trunk_ids": "--trunk"},
        help="List dispatch rules.",
        examples=["lkapi sip rule list", "lkapi sip rule list --jsonl"],
    )
)


@rule.command("get", short_help="Show a dispatch rule.", examples=["lkapi sip rule get $RULE"])
@click.argument("rule_id")
@pass_session
def get(session: Session, rule_id: str) -> None:
    """Show a dispatch rule."""
    from lkapi.cli.exit_codes import ExitCode
    from lkapi.cli.failures import Failure
    from lkapi.methods.sip import LIST_SIP_DISPATCH_RULE as LIST

    found = session.call(LIST, LIST.request(dispatch_rule_ids=[rule_id])).items
    if not found or found[0].sip_dispatch_rule_id != rule_id:
        raise Failure(f"there is no dispatch rule {rule_id!r}", ExitCode.NOT_FOUND)
    session.show(found[0], key="sip_dispatch_rule_id")


def _kinds() -> list[click.Parameter]:
    return [
        click.Option(["--direct"], metavar="ROOM", help="All calls go into this room."),
        click.Option(["--individual"], metavar="PREFIX", help="Each caller gets their own room."),
        click.Option(["--callee"], metavar="PREFIX", help="Each called number has its own room."),
        click.Option(["--pin"], metavar="DIGITS", help="What callers have to type."),
    ]


def _set_rule(info: Any, direct: str | None, individual: str | None, callee: str | None,
              pin: str | None) -> None:  # fmt: skip
    chosen = {
        "dispatch_rule_direct": {"room_name": direct},
        "dispatch_rule_individual": {"room_prefix": individual},
        "dispatch_rule_callee": {"room_prefix": callee},
    }
    given = {kind: fields for kind, fields in chosen.items() if None not in fields.values()}
    if len(given) > 1:
        raise click.UsageError("--direct, --individual and --callee exclude each other; give one")
    if pin and not given:
        raise click.UsageError("--pin goes with --direct, --individual or --callee")
    for kind, fields in given.items():
        info.rule = {kind: {**fields, "pin": pin or ""}}


def _create(request: Any, **kinds: str | None) -> None:
    from lkapi.protocol.sip import SIPDispatchRuleInfo

    if request.dispatch_rule is None:
        request.dispatch_rule = SIPDispatchRuleInfo()
    _set_rule(request.dispatch_rule, **kinds)
    if request.dispatch_rule.rule is None:
        raise click.UsageError(
            "say into which room calls go: --direct ROOM, --individual PREFIX or --callee PREFIX"
        )


rule.add_command(
    RowCommand(
        "create",
        "sip.CREATE_SIP_DISPATCH_RULE",
        inside=("dispatch_rule",),
        skip=("sip_dispatch_rule_id", "created_at", "updated_at", "numbers"),
        names={"trunk_ids": "--trunk"},
        key="sip_dispatch_rule_id",
        params=_kinds(),
        adjust=_create,
        help="Create a dispatch rule.",
        examples=[
            "lkapi sip rule create --name desk --direct demo --pin 1234 --trunk $OTHER_INBOUND",
            (
                "lkapi sip rule create --name support --individual call- "
                """--room-config '{"agents": [{"agentName": "greeter"}]}'"""
            ),
        ],
    )
)


def _update(request: Any, **kinds: str | None) -> None:
    from lkapi.protocol.sip import SIPDispatchRuleUpdate

    if any(kinds.values()):
        if request.update is None:
            request.update = SIPDispatchRuleUpdate()
        _set_rule(request.update, **kinds)


rule.add_command(
    RowCommand(
        "update",
        "sip.UPDATE_SIP_DISPATCH_RULE",
        arguments=("sip_dispatch_rule_id",),
        required=("sip_dispatch_rule_id",),
        inside=("update",),
        key="sip_dispatch_rule_id",
        params=_kinds(),
        adjust=_update,
        help="Change a dispatch rule; what is not given stays.",
        examples=["lkapi sip rule update $RULE --name reception"],
    )
)

rule.add_command(
    delete_command(
        "sip.DELETE_SIP_DISPATCH_RULE",
        field="sip_dispatch_rule_id",
        noun="dispatch rule",
        help="Delete dispatch rules.",
        examples=["lkapi sip rule delete $RULE --yes"],
    )
)
