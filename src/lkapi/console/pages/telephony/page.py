"""Telephony: live calls, trunks, dispatch rules, and the route of an example call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.pages.telephony.calls import CALL_ACTIONS, ended_calls, live_calls
from lkapi.console.pages.telephony.routing import route_call
from lkapi.console.pages.telephony.rule_words import ExampleCall, called_kind, place_of
from lkapi.console.pages.telephony.trunk_actions import TRUNK_ACTIONS
from lkapi.console.store import Source
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route
from lkapi.methods import sip as rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["page"]

_EVERY: Final = 1.5
_LISTS: Final = ("sip-inbound", "sip-outbound", "sip-rules")
_TRUNK_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "name": lambda trunk: trunk.name.casefold(),
    "id": lambda trunk: trunk.sip_trunk_id,
    "numbers": lambda trunk: list(trunk.numbers),
}
_RULE_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "name": lambda rule: rule.name.casefold(),
    "kind": called_kind,
    "trunks": lambda rule: len(rule.trunk_ids),
}
_CALL_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "number": lambda call: call.number,
    "state": lambda call: call.state,
    "room": lambda call: call.room,
    "since": lambda call: call.person.joined_at_ms or call.person.joined_at * 1000,
}


async def _read_inbound(link: Link, _: str) -> list[lkapi.SIPInboundTrunkInfo]:
    request = lkapi.ListSIPInboundTrunkRequest()
    return list((await link.read(rows.LIST_SIP_INBOUND_TRUNK, request)).items)


async def _read_outbound(link: Link, _: str) -> list[lkapi.SIPOutboundTrunkInfo]:
    request = lkapi.ListSIPOutboundTrunkRequest()
    return list((await link.read(rows.LIST_SIP_OUTBOUND_TRUNK, request)).items)


async def _read_rules(link: Link, _: str) -> list[lkapi.SIPDispatchRuleInfo]:
    request = lkapi.ListSIPDispatchRuleRequest()
    return list((await link.read(rows.LIST_SIP_DISPATCH_RULE, request)).items)


async def _counts(view: View) -> dict[str, Any]:
    """The numbers in the menu of the telephony pages."""
    inbound, outbound, rules = [await view.reading(topic) for topic in _LISTS]
    return {"inbound": inbound, "outbound": outbound, "rules": rules}


async def show_calls(view: View) -> Response:
    """``GET /telephony``: the calls in progress."""
    calls = await view.reading("calls")
    listing = Listing(
        view, live_calls(calls.value), sorts=_CALL_SORTS, first="-since",
        text=lambda call: (call.number, call.own_number, call.room, call.person.identity,
                           call.trunk_id, call.call_id),
    )  # fmt: skip
    return view.render(
        "telephony.html", here="calls", calls=calls, listing=listing,
        ended=ended_calls(view.console.heard), **await _counts(view),
    )  # fmt: skip


async def _show_trunks(view: View, here: str) -> Response:
    counts = await _counts(view)
    listing = Listing(
        view, counts[here].value or [], sorts=_TRUNK_SORTS, first="name",
        text=lambda trunk: (trunk.name, trunk.sip_trunk_id, trunk.metadata, *trunk.numbers,
                            getattr(trunk, "address", "")),
    )  # fmt: skip
    return view.render(f"telephony_{here}.html", here=here, listing=listing, **counts,
                       title=f"{here.title()} trunks")  # fmt: skip


async def show_inbound(view: View) -> Response:
    """``GET /telephony/inbound``."""
    return await _show_trunks(view, "inbound")


async def show_outbound(view: View) -> Response:
    """``GET /telephony/outbound``."""
    return await _show_trunks(view, "outbound")


async def show_rules(view: View) -> Response:
    """``GET /telephony/rules``."""
    counts = await _counts(view)
    listing = Listing(
        view, counts["rules"].value or [], sorts=_RULE_SORTS, first="name",
        text=lambda rule: (rule.name, rule.sip_dispatch_rule_id, rule.metadata, place_of(rule),
                           *rule.trunk_ids, *rule.inbound_numbers, *rule.numbers),
    )  # fmt: skip
    return view.render("telephony_rules.html", here="rules", listing=listing, place_of=place_of,
                       kind_of=called_kind, title="Dispatch rules", **counts)  # fmt: skip


async def show_trunk(view: View) -> Response:
    """``GET /telephony/trunk?id=ST_x``: one trunk of either kind, its rules and calls."""
    wanted, counts = view.query.get("id", ""), await _counts(view)
    kind, trunk = next(
        ((kind, one) for kind in ("inbound", "outbound") for one in counts[kind].value or ()
         if one.sip_trunk_id == wanted),
        ("", None),
    )  # fmt: skip
    met = [
        rule for rule in counts["rules"].value or ()
        if kind == "inbound" and (not rule.trunk_ids or wanted in rule.trunk_ids)
    ]  # fmt: skip
    calls = await view.reading("calls")
    return view.render(
        "telephony_trunk.html", here=kind, kind=kind, trunk=trunk, id=wanted, met=met,
        calls=[call for call in live_calls(calls.value) if call.trunk_id == wanted],
        place_of=place_of, title=f"Trunk {(trunk and trunk.name) or wanted}", **counts,
    )  # fmt: skip


async def show_rule(view: View) -> Response:
    """``GET /telephony/rule?id=SDR_x``."""
    wanted, counts = view.query.get("id", ""), await _counts(view)
    rule = next(
        (one for one in counts["rules"].value or () if one.sip_dispatch_rule_id == wanted), None
    )
    named = {one.sip_trunk_id: one.name for one in counts["inbound"].value or ()}
    return view.render(
        "telephony_rule.html", here="rules", rule=rule, id=wanted, named=named, place_of=place_of,
        kind_of=called_kind, title=f"Rule {(rule and rule.name) or wanted}", **counts,
    )  # fmt: skip


async def show_example(view: View) -> Response:
    """``GET /telephony/example?called=%2B1415…``: the form, and where such a call goes."""
    return view.render(
        "telephony_example.html", here="example", title="Example call",
        **await _explained(view, dict(view.query)),
    )  # fmt: skip


async def explain_example(view: View) -> Response:
    """``POST /telephony/example``: the route of the call in the form. It changes nothing."""
    values = await _explained(view, await view.form())
    template = "telephony_way.html" if view.by_htmx else "telephony_example.html"
    return view.render(template, here="example", title="Example call", **values)


async def _explained(view: View, form: dict[str, str]) -> dict[str, Any]:
    counts = await _counts(view)
    numbers = await view.console.store.get_or_read("numbers", max_age=60.0)
    call = ExampleCall(
        caller=form.get("caller", "").strip(),
        called=form.get("called", "").strip(),
        pin=form.get("pin", "").strip(),
    )
    known = [number for trunk in counts["inbound"].value or () for number in trunk.numbers]
    known += [number.e164_format for number in numbers.value or ()]
    way = None
    if call.caller and call.called and counts["rules"].value is not None:
        way = route_call(
            call, counts["inbound"].value or (), counts["rules"].value, numbers.value or ()
        )
    return {"call": call, "way": way, "known": list(dict.fromkeys(known))[:200], **counts}


page: Final = Page(
    name="telephony",
    title="Telephony",
    path="/telephony",
    routes=(
        Route(path="/telephony", handler=show_calls),
        Route(path="/telephony/inbound", handler=show_inbound),
        Route(path="/telephony/outbound", handler=show_outbound),
        Route(path="/telephony/rules", handler=show_rules),
        Route(path="/telephony/trunk", handler=show_trunk),
        Route(path="/telephony/rule", handler=show_rule),
        Route(path="/telephony/example", handler=show_example),
        Route(path="/telephony/example", handler=explain_example, method="POST", changes=False),
    ),
    sources=(
        Source(name="sip-inbound", read=_read_inbound, every=_EVERY),
        Source(name="sip-outbound", read=_read_outbound, every=_EVERY),
        Source(name="sip-rules", read=_read_rules, every=_EVERY),
    ),
    actions=(*CALL_ACTIONS, *TRUNK_ACTIONS),
)
