"""Numbers: phone numbers of LiveKit Cloud, searched, bought, bound to rules, released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.changing import ChangeAction, ChoosingAction
from lkapi.console.actions.shown import Command
from lkapi.console.store import Source
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route
from lkapi.methods import phone_number as rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from lkapi.console.console import Console
    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["page"]

_ABSENT: Final = 501
_MAX_PAGES: Final = 40
_OFFERED: Final = 50
_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "number": lambda number: number.e164_format,
    "name": lambda number: number.name.casefold(),
    "status": lambda number: int(number.status),
}


async def _read_numbers(link: Link, _: str) -> list[lkapi.PhoneNumber]:
    found: list[lkapi.PhoneNumber] = []
    request = lkapi.ListPhoneNumbersRequest()
    for _page in range(_MAX_PAGES):
        listed = await link.read(rows.LIST_PHONE_NUMBERS, request)
        found += listed.items
        if listed.next_page_token is None or not listed.next_page_token.token:
            break
        request = lkapi.ListPhoneNumbersRequest(page_token=listed.next_page_token)
    return found


async def _read_offers(link: Link, place: str) -> list[lkapi.PhoneNumber]:
    country, _, area = place.partition(":")
    request = lkapi.SearchPhoneNumbersRequest(country_code=country, limit=_OFFERED)
    if area:
        request.area_code = area
    return list((await link.read(rows.SEARCH_PHONE_NUMBERS, request)).items)


async def _rules(console: Console) -> tuple[tuple[str, str], ...]:
    found = (await console.store.get_or_read("sip-rules")).value or ()
    return tuple((one.sip_dispatch_rule_id, one.name or one.sip_dispatch_rule_id) for one in found)


async def _number(console: Console, given: Form) -> Any:
    wanted = given.get("phone_number", "")
    number = await console.store.find("numbers", "e164_format", wanted)
    if number is None:
        return None
    return lkapi.UpdatePhoneNumberRequest(
        name=number.name, sip_dispatch_rule_id=next(iter(number.sip_dispatch_rule_ids), "")
    )


async def _costs(_: Console, request: Any) -> str:
    bought = ", ".join(request.phone_numbers)
    return f"Buys {bought}. LiveKit bills it each month until it is given back."


async def _ends(console: Console, request: Any) -> str:
    gone = ", ".join(request.phone_numbers)
    known = [
        await console.store.find("numbers", "e164_format", one) for one in request.phone_numbers
    ]
    if not any(known):
        return "The project has no such number now."
    bound = any(one is not None and one.sip_dispatch_rule_ids for one in known)
    calls = "Calls to it no longer match a rule, and others" if bound else "Others"
    return f"Gives {gone} back. {calls} can buy it."


async def show_numbers(view: View) -> Response:
    """``GET /numbers``."""
    numbers = await view.reading("numbers")
    rules = await view.reading("sip-rules")
    listing = Listing(
        view, numbers.value or [], sorts=_SORTS, first="number",
        text=lambda one: (one.e164_format, one.name, one.id, one.locality, one.region),
    )  # fmt: skip
    named = {one.sip_dispatch_rule_id: one.name for one in rules.value or ()}
    return view.render(
        "numbers.html", numbers=numbers, listing=listing, named=named, absent=_absent(numbers)
    )


async def show_offers(view: View) -> Response:
    """``GET /numbers/search?country=US&area=415``: numbers that can be bought."""
    country = view.query.get("country", "US").strip().upper()
    area = view.query.get("area", "").strip()
    offers: Any = None
    if view.query.get("country", "").strip():
        offers = await view.reading(f"number-offers:{country}:{area}")
    return view.render(
        "numbers_search.html", country=country, area=area, offers=offers,
        absent=_absent(offers), title="Search numbers",
    )  # fmt: skip


def _absent(reading: Any) -> bool:
    """Whether the server has no phone numbers at all."""
    return bool(reading and reading.problem and reading.problem.status == _ABSENT)


_RULE_LABEL: Final = {"sip_dispatch_rule_id": "Dispatch rule", "phone_numbers": "Numbers"}
_TOPICS: Final = ("numbers", "number-offers")

page: Final = Page(
    name="numbers",
    title="Numbers",
    path="/numbers",
    routes=(
        Route(path="/numbers", handler=show_numbers),
        Route(path="/numbers/search", handler=show_offers),
    ),
    sources=(
        Source(name="numbers", read=_read_numbers, every=1.5),
        Source(name="number-offers", read=_read_offers, every=60.0),
    ),
    actions=(
        ChoosingAction(
            name="number.purchase",
            title="Buy number",
            row_name="phone_number.PURCHASE_PHONE_NUMBER",
            fixed=("phone_numbers",),
            fields=("phone_numbers", "sip_dispatch_rule_id"),
            required=("phone_numbers",),
            labels=_RULE_LABEL,
            helps={
                "phone_numbers": "One a line; all of them are bought, or none.",
                "sip_dispatch_rule_id": "The rule for calls to it.",
            },
            offers={"sip_dispatch_rule_id": _rules},
            command=Command(
                words="number purchase", arguments=("phone_numbers",), asks=True,
                flags={"sip_dispatch_rule_id": "--rule"},
            ),
            destroys=True,
            what_ends=_costs,
            button="Buy",
            topics=_TOPICS,
            done="{phone_numbers} is yours.",
        ),
        ChangeAction(
            name="number.update",
            title="Change number",
            row_name="phone_number.UPDATE_PHONE_NUMBER",
            fixed=("phone_number",),
            fields=("phone_number", "name", "sip_dispatch_rule_id"),
            required=("phone_number",),
            labels=_RULE_LABEL,
            helps={"sip_dispatch_rule_id": "The rule for calls to it."},
            offers={"sip_dispatch_rule_id": _rules},
            before=_number,
            command=Command(
                words="number update", arguments=("phone_number",),
                flags={"sip_dispatch_rule_id": "--rule"},
            ),
            button="Change",
            topics=_TOPICS,
            done="{phone_number} was changed.",
        ),
        CallAction(
            name="number.release",
            title="Give number back",
            row_name="phone_number.RELEASE_PHONE_NUMBERS",
            fixed=("phone_numbers",),
            fields=("phone_numbers",),
            required=("phone_numbers",),
            labels=_RULE_LABEL,
            command=Command(words="number release", arguments=("phone_numbers",), asks=True),
            destroys=True,
            what_ends=_ends,
            button="Give back",
            topics=_TOPICS,
            done="{phone_numbers} was given back.",
        ),
    ),
)  # fmt: skip
