"""Pagers: pages linked by tokens and by ids, read as they are needed, through both clients."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lkapi.client import LiveKitAPI
from lkapi.methods.egress import LIST_EGRESS
from lkapi.methods.sip import LIST_SIP_INBOUND_TRUNK
from lkapi.protocol.egress import EgressInfo, ListEgressRequest, ListEgressResponse
from lkapi.protocol.models import Pagination, TokenPagination
from lkapi.protocol.sip import (
    ListSIPInboundTrunkRequest,
    ListSIPInboundTrunkResponse,
    SIPInboundTrunkInfo,
)
from lkapi.services._requests import next_by_token
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.base import Request, Response

faces = pytest.mark.parametrize("face", ["async", "sync"])
PROTOBUF = {"content-type": "application/protobuf"}


class Pages:
    """Serves five egresses by token, two a page, and five trunks by id."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def send(self, request: Request) -> Response:
        if request.url.endswith("ListEgress"):
            asked = ListEgressRequest.from_bytes(request.content)
            start = int(asked.page_token.token) if asked.page_token else 0
            found = [EgressInfo(egress_id=f"EG_{n}") for n in range(start, min(start + 2, 5))]
            after = TokenPagination(token=str(start + 2)) if start + 2 < 5 else None
            answer: Any = ListEgressResponse(items=found, next_page_token=after)
        else:
            asked = ListSIPInboundTrunkRequest.from_bytes(request.content)
            every = [SIPInboundTrunkInfo(sip_trunk_id=f"ST_{n}") for n in range(5)]
            if asked.page:
                every = [t for t in every if t.sip_trunk_id > asked.page.after_id]
                every = every[: asked.page.limit]
            answer = ListSIPInboundTrunkResponse(items=[*every, SIPInboundTrunkInfo()])
        self.asked.append(asked)
        return Response(200, PROTOBUF, answer.to_bytes())

    async def asend(self, request: Request) -> Response:
        return self.send(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def egress_pager(service: Any, **fields: Any) -> Any:
    return service._token_pages(LIST_EGRESS, None, fields, None, lambda answer: answer.items)


def trunk_pager(service: Any, **fields: Any) -> Any:
    return service._id_pages(LIST_SIP_INBOUND_TRUNK, None, fields, None, lambda t: t.sip_trunk_id)


def collect(face: str, pages: Pages, pager: Any, **fields: Any) -> list[Any]:
    if face == "sync":
        return pager(SyncLiveKitAPI("x", "k", "s" * 32, transport=pages).room, **fields).collect()
    api = LiveKitAPI("x", "k", "s" * 32, transport=pages)
    return asyncio.run(pager(api.room, **fields).collect())


@faces
def test_tokens_are_followed_to_the_end(face):
    """All items in order, the filter kept on each page."""
    pages = Pages()
    found = collect(face, pages, egress_pager, room_name="demo")
    assert [egress.egress_id for egress in found] == [f"EG_{n}" for n in range(5)]
    assert [request.room_name for request in pages.asked] == ["demo"] * 3


@faces
def test_ids_are_followed_when_a_page_size_is_asked_for(face):
    """Items without an id stand for what was not found, and are dropped."""
    pages = Pages()
    found = collect(face, pages, trunk_pager, page=Pagination(limit=2))
    assert [trunk.sip_trunk_id for trunk in found] == [f"ST_{n}" for n in range(5)]
    assert [request.page.after_id for request in pages.asked] == ["", "ST_1", "ST_3", "ST_4"]


@faces
def test_without_a_page_size_everything_comes_at_once(face):
    """One call."""
    pages = Pages()
    assert len(collect(face, pages, trunk_pager, trunk_ids=["x"])) == 5
    assert len(pages.asked) == 1


def test_pages_are_read_when_they_are_needed():
    """Stopping early saves the rest; going through it again reads again."""
    pages = Pages()
    pager = egress_pager(SyncLiveKitAPI("x", "k", "s" * 32, transport=pages).room, active=True)
    for number, _ in enumerate(pager):
        if number == 2:
            break
    assert len(pages.asked) == 2
    assert [len(page) for page in pager.pages()] == [2, 2, 1]
    assert len(pages.asked) == 5


def test_stopping_early_leaves_nothing_behind_in_async_code():
    """The generator is closed when the loop is left."""
    pages = Pages()

    async def work():
        api = LiveKitAPI("x", "k", "s" * 32, transport=pages)
        async for egress in egress_pager(api.room, active=True):
            return egress.egress_id
        return None

    assert asyncio.run(work()) == "EG_0"


def test_a_server_that_repeats_its_token_is_not_followed_for_ever():
    """The same token again is the end."""
    asked = ListEgressRequest(page_token=TokenPagination(token="7"))
    assert (
        next_by_token(asked, ListEgressResponse(next_page_token=TokenPagination(token="7"))) is None
    )
    assert next_by_token(asked, ListEgressResponse()) is None
