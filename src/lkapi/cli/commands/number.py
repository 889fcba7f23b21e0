"""``lkapi number``: phone numbers of LiveKit Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table

__all__ = ["group"]

group = Group("number", help="Phone numbers (LiveKit Cloud).")


def _offered() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "e164_format",
        Column("number", "e164_format", whole=True),
        Column("country", "country_code"),
        Column("area", "area_code"),
        Column("type", "number_type"),
        Column("locality", "locality"),
        Column("region", "region"),
        Column("capabilities", "capabilities", wide=True),
        empty="No numbers are on offer there.",
    )


def _owned() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "id",
        Column("id", "id", whole=True),
        Column("number", "e164_format", whole=True),
        Column("name", "name"),
        Column("status", "status"),
        Column("dispatch rules", "sip_dispatch_rule_ids"),
        Column("locality", "locality", wide=True),
        Column("bought", "created_at", wide=True),
        empty="The project has no phone numbers.",
    )


group.add_command(
    ListCommand(
        "search",
        "phone_number.SEARCH_PHONE_NUMBERS",
        items="items",
        table=_offered,
        skip=("page_token",),
        names={"country_code": "--country", "area_code": "--area"},
        help="Search numbers that can be bought; --limit bounds the list.",
        examples=["lkapi number search --country US --area 415 --limit 5"],
    )
)

group.add_command(
    ListCommand(
        "list",
        "phone_number.LIST_PHONE_NUMBERS",
        items="items",
        table=_owned,
        pager="phone_number.iter_phone_numbers",
        skip=("page_token", "limit"),
        names={"statuses": "--status", "sip_dispatch_rule_id": "--rule"},
        help="List the project's numbers.",
        examples=["lkapi number list", "lkapi number list --status active --json"],
    )
)

group.add_command(
    RowCommand(
        "purchase",
        "phone_number.PURCHASE_PHONE_NUMBER",
        several="phone_numbers",
        required=("phone_numbers",),
        names={"sip_dispatch_rule_id": "--rule"},
        question="Buy {phone_numbers}? That costs money.",
        part="phone_numbers",
        waits="buying",
        table=_owned,
        help="Buy numbers, all or none of them.",
        examples=["lkapi number purchase +14155550143 --yes"],
    )
)

group.add_command(
    RowCommand(
        "get",
        "phone_number.GET_PHONE_NUMBER",
        arguments=("phone_number",),
        names={"id": "--id"},
        part="phone_number",
        key="id",
        help="Show one of the project's numbers.",
        examples=["lkapi number get +14155550142"],
    )
)

group.add_command(
    RowCommand(
        "update",
        "phone_number.UPDATE_PHONE_NUMBER",
        arguments=("phone_number",),
        names={"id": "--id", "sip_dispatch_rule_id": "--rule"},
        part="phone_number",
        key="id",
        help="Change a number's name or dispatch rule.",
        examples=["lkapi number update +14155550142 --name reception"],
    )
)

group.add_command(
    RowCommand(
        "release",
        "phone_number.RELEASE_PHONE_NUMBERS",
        several="phone_numbers",
        names={"ids": "--id"},
        question="Give {phone_numbers} back? Others can buy what you give back.",
        done="Released.",
        help="Release numbers.",
        examples=["lkapi number release +14155550142 --yes"],
    )
)
