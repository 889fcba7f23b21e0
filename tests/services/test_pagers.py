"""Every list can be walked over item by item or page by page, in all ways of paging."""

from __future__ import annotations

from typing import Any

import pytest

import lkapi
from lkapi.methods import agent_simulation, egress, ingress, phone_number, replay, sip
from lkapi.protocol.agent_simulation import SimulationRun
from lkapi.protocol.cloud_replay import ListReplaysResponse, ReplayInfo
from lkapi.protocol.egress import EgressInfo, ListEgressRequest, ListEgressResponse
from lkapi.protocol.ingress import IngressInfo, ListIngressResponse
from lkapi.protocol.models import Pagination, TokenPagination
from lkapi.protocol.phone_number import (
    ListPhoneNumbersResponse,
    PhoneNumber,
    SearchPhoneNumbersResponse,
)
from lkapi.protocol.sip import (
    ListSIPDispatchRuleResponse,
    ListSIPInboundTrunkResponse,
    ListSIPOutboundTrunkResponse,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
)
from tests.services.fake_server import Face, FakeServer, refusal

Run = SimulationRun
TOKEN_LISTS: list[tuple[str, Any, dict[str, Any], Any, str, Any]] = [
    (
        "egress.iter_egress",
        egress.LIST_EGRESS,
        {"room_name": "demo"},
        ListEgressResponse,
        "items",
        lambda n: EgressInfo(egress_id=f"EG_{n}"),
    ),
    (
        "ingress.iter_ingress",
        ingress.LIST_INGRESS,
        {"room_name": "demo"},
        ListIngressResponse,
        "items",
        lambda n: IngressInfo(ingress_id=f"IN_{n}"),
    ),
    (
        "phone_number.iter_phone_numbers",
        phone_number.LIST_PHONE_NUMBERS,
        {"limit": 2},
        ListPhoneNumbersResponse,
        "items",
        lambda n: PhoneNumber(id=f"PN_{n}"),
    ),
    (
        "phone_number.iter_search_phone_numbers",
        phone_number.SEARCH_PHONE_NUMBERS,
        {"country_code": "US"},
        SearchPhoneNumbersResponse,
        "items",
        lambda n: PhoneNumber(id=f"PN_{n}"),
    ),
    (
        "replay.iter_replays",
        replay.LIST_REPLAYS,
        {"room_name": "demo"},
        ListReplaysResponse,
        "replays",
        lambda n: ReplayInfo(replay_id=f"RP_{n}"),
    ),
    (
        "agent_simulation.iter_simulation_runs",
        agent_simulation.LIST_SIMULATION_RUNS,
        {"project_id": "p_1"},
        Run.List.Response,
        "runs",
        lambda n: Run(id=f"SR_{n}"),
    ),
]


def method(face: Face, path: str) -> Any:
    """A method of a client by its path."""
    service, _, name = path.partition(".")
    return getattr(getattr(face.api, service), name)


@pytest.mark.parametrize("case", TOKEN_LISTS, ids=lambda case: case[0])
async def test_lists_with_tokens(case: Any, face: Face, server: FakeServer) -> None:
    """Each page is asked for with the token of the one before and the filter of the first."""
    path, row, fields, answer, name, item = case
    pages = [
        answer(**{name: [item(1), item(2)]}, next_page_token=TokenPagination(token="two")),
        answer(**{name: [item(3)]}, next_page_token=TokenPagination(token="three")),
        answer(next_page_token=TokenPagination()),
    ]
    server.on(row, *pages)
    assert await face.items(method(face, path)(**fields)) == [item(1), item(2), item(3)]
    asked = server.sent(row)
    assert [request.page_token.token if request.page_token else None for request in asked] == [
        None,
        "two",
        "three",
    ]
    assert all(getattr(request, key) == value for request in asked for key, value in fields.items())


ID_LISTS: list[tuple[str, Any, Any, Any]] = [
    (
        "sip.iter_inbound_trunk",
        sip.LIST_SIP_INBOUND_TRUNK,
        ListSIPInboundTrunkResponse,
        lambda n: SIPInboundTrunkInfo(sip_trunk_id=f"ST_{n}" if n else ""),
    ),
    (
        "sip.iter_outbound_trunk",
        sip.LIST_SIP_OUTBOUND_TRUNK,
        ListSIPOutboundTrunkResponse,
        lambda n: SIPOutboundTrunkInfo(sip_trunk_id=f"ST_{n}" if n else ""),
    ),
    (
        "sip.iter_dispatch_rule",
        sip.LIST_SIP_DISPATCH_RULE,
        ListSIPDispatchRuleResponse,
        lambda n: SIPDispatchRuleInfo(sip_dispatch_rule_id=f"SDR_{n}" if n else ""),
    ),
]


@pytest.mark.parametrize("case", ID_LISTS, ids=lambda case: case[0])
async def test_lists_by_id_are_one_page(case: Any, face: Face, server: FakeServer) -> None:
    """Without ``page`` the server gives everything; empty items for unknown ids are left out."""
    path, row, answer, item = case
    server.on(row, answer(items=[item(1), item(0), item(2)]))
    assert await face.items(method(face, path)()) == [item(1), item(2)]
    assert len(server.requests) == 1


@pytest.mark.parametrize("case", ID_LISTS, ids=lambda case: case[0])
async def test_lists_by_id_in_pages(case: Any, face: Face, server: FakeServer) -> None:
    """With ``page`` each page begins after the last id, though the server ignores the limit."""
    path, row, answer, item = case
    server.on(row, answer(items=[item(1), item(2), item(3)]), answer(items=[item(4)]), answer())
    pager = method(face, path)(page=Pagination(limit=2))
    assert await face.pages(pager) == [[item(1), item(2), item(3)], [item(4)], []]
    last = getattr(item(4), "sip_trunk_id", "") or getattr(item(4), "sip_dispatch_rule_id", "")
    after = [(request.page.after_id, request.page.limit) for request in server.sent(row)]
    assert after[0] == ("", 2)
    assert after[-1] == (last, 2)


@pytest.mark.parametrize("case", ID_LISTS, ids=lambda case: case[0])
async def test_a_server_that_ignores_the_page(case: Any, face: Face, server: FakeServer) -> None:
    """A server that gives the same page again and again does not hold the walk for ever."""
    path, row, answer, item = case
    server.on(row, answer(items=[item(1)]))
    assert await face.items(method(face, path)(page=Pagination(limit=1))) == [item(1), item(1)]
    assert len(server.requests) == 2


async def test_pages_and_collect(face: Face, server: FakeServer) -> None:
    """Pages can be taken one by one, or everything at once; walking again asks again."""
    first = ListEgressResponse(
        items=[EgressInfo(egress_id="EG_1")], next_page_token=TokenPagination(token="t")
    )
    server.on(egress.LIST_EGRESS, first, ListEgressResponse(items=[EgressInfo(egress_id="EG_2")]))
    pager = face.api.egress.iter_egress(ListEgressRequest(active=True))
    ids = [[info.egress_id for info in page] for page in await face.pages(pager)]
    assert ids == [["EG_1"], ["EG_2"]]
    server.on(egress.LIST_EGRESS, ListEgressResponse(items=[EgressInfo(egress_id="EG_3")]))
    found = await face.call(pager.collect)
    assert [info.egress_id for info in found] == ["EG_3"]


async def test_nothing_is_asked_before_the_walk(face: Face, server: FakeServer) -> None:
    """Making a pager asks nobody, but a misspelt filter is refused at once."""
    face.api.egress.iter_egress(room_name="demo")
    with pytest.raises(TypeError, match="roomname"):
        face.api.egress.iter_egress(roomname="demo")
    assert not server.requests


async def test_an_error_on_a_later_page(face: Face, server: FakeServer) -> None:
    """It reaches the walker after the items that came before it."""
    first = ListEgressResponse(
        items=[EgressInfo(egress_id="EG_1")], next_page_token=TokenPagination(token="t")
    )
    server.on(egress.LIST_EGRESS, first, refusal(500, "internal"))
    seen: list[str] = []
    with pytest.raises(lkapi.InternalError):
        await take(face, seen)
    assert seen == ["EG_1"]


async def take(face: Face, seen: list[str]) -> None:
    """Note each item as it comes."""
    pager = face.api.egress.iter_egress()
    if not face.is_async:
        for info in pager:
            seen.append(info.egress_id)  # noqa: PERF401 - what comes before an error counts
        return
    async for info in pager:
        seen.append(info.egress_id)  # noqa: PERF401 - what comes before an error counts
