"""Services of LiveKit Cloud: hosts of their own, calls that wait, answers that are unwrapped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import lkapi
from lkapi.methods import agent_dispatch, agent_simulation, cloud_agent, connector, phone_number
from lkapi.protocol.agent_dispatch import AgentDispatch, ListAgentDispatchResponse
from lkapi.protocol.agent_simulation import SimulationRun
from lkapi.protocol.cloud_agent import ListAgentsResponse
from lkapi.protocol.connector_whatsapp import (
    AcceptWhatsAppCallResponse,
    ConnectWhatsAppCallResponse,
)
from lkapi.protocol.phone_number import GetPhoneNumberResponse, SearchPhoneNumbersResponse
from lkapi.protocol.rtc import SessionDescription
from lkapi.rpc.hosts import agents_url, cloud_api_url
from lkapi.settings import parse_url
from tests.services.fake_server import Face, FakeServer, make_face, refusal


@pytest.mark.parametrize(
    ("project", "region", "environ", "expected"),
    [
        ("wss://demo-1a2b.livekit.cloud", "", {}, "https://agents.livekit.cloud"),
        ("wss://demo.livekit.cloud", "us-east", {}, "https://us-east.agents.livekit.cloud"),
        ("wss://demo.staging.livekit.cloud", "", {}, "https://agents.staging.livekit.cloud"),
        ("http://localhost:7880", "", {}, "http://localhost:7880"),
        ("http://127.0.0.1:7880", "us-east", {}, "http://127.0.0.1:7880"),
        (
            "wss://demo.livekit.cloud",
            "",
            {"LK_AGENTS_URL": "https://x.example"},
            "https://x.example",
        ),
        ("wss://demo.livekit.cloud", "", {"LK_AGENTS_URL": ""}, "https://agents.livekit.cloud"),
    ],
)
def test_host_of_the_agents_service(
    project: str, region: str, environ: dict[str, str], expected: str
) -> None:
    """The environment wins, this machine stands for itself, else the first label is replaced."""
    assert agents_url(parse_url(project), region=region, environ=environ).base == expected


@pytest.mark.parametrize(
    ("project", "region"),
    [
        ("http://internal", ""),
        ("http://[2001:db8::1]", ""),
        ("wss://demo.livekit.cloud", "us/east"),
    ],
)
def test_no_host_of_the_agents_service(project: str, region: str) -> None:
    """What cannot be derived is refused with the way out."""
    with pytest.raises(lkapi.SettingsError):
        agents_url(parse_url(project), region=region, environ={})


def test_host_of_the_cloud_api() -> None:
    """Analytics and simulations live on one host; this machine stands for itself."""
    assert (
        cloud_api_url(parse_url("wss://demo.livekit.cloud")).base == "https://cloud-api.livekit.io"
    )
    assert cloud_api_url(parse_url("http://localhost:7880")).base == "http://localhost:7880"


async def test_calls_go_to_their_hosts(
    face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Agents, a region of them, and simulations are called where they live, over one transport."""
    monkeypatch.delenv("LK_AGENTS_URL", raising=False)
    server.on(cloud_agent.LIST_AGENTS, ListAgentsResponse())
    server.on(agent_simulation.LIST_SIMULATION_RUNS, SimulationRun.List.Response())
    await face.call(face.api.cloud_agent.list_agents)
    await face.call(face.api.cloud_agent.in_region("us-east").list_agents)
    await face.call(face.api.agent_simulation.list_simulation_runs, project_id="p_1")
    assert [request.url.split("/twirp")[0] for request in server.requests] == [
        "https://agents.livekit.cloud",
        "https://us-east.agents.livekit.cloud",
        "https://cloud-api.livekit.io",
    ]


async def test_their_failures_do_not_move_elsewhere(
    kind: str, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing agents service is asked again where it is: the regions do not serve it."""
    monkeypatch.delenv("LK_AGENTS_URL", raising=False)
    face = make_face(
        kind, server, retry=lkapi.RetryPolicy(attempts=2, first_wait=0.0, max_wait=0.0)
    )
    server.on(cloud_agent.LIST_AGENTS, refusal(500, "internal"), ListAgentsResponse())
    await face.call(face.api.cloud_agent.list_agents)
    assert [request.url for request in server.requests] == [
        "https://agents.livekit.cloud/twirp/livekit.CloudAgent/ListAgents"
    ] * 2


OFFER = SessionDescription(type="offer", sdp="v=0")


@pytest.mark.parametrize(
    ("fields", "timeout", "expected"),
    [
        ({}, None, 10),
        ({"wait_until_answered": True}, None, 30),
        ({"wait_until_answered": True, "ringing_timeout": timedelta(seconds=60)}, None, 62),
        ({"wait_until_answered": True, "ringing_timeout": 10}, None, 30),
        ({"wait_until_answered": True}, 7, 7),
    ],
)
async def test_how_long_accepting_may_take(
    fields: dict[str, Any], timeout: float | None, expected: int, face: Face, server: FakeServer
) -> None:
    """Waiting for the answer takes 30 s or the ringing time; the caller's timeout overrules."""
    server.on(connector.ACCEPT_WHATSAPP_CALL, AcceptWhatsAppCallResponse())
    accept = face.api.connector.accept_whatsapp_call
    await face.call(accept, whatsapp_call_id="W_1", sdp=OFFER, timeout=timeout, **fields)
    assert round(server.requests[0].timeout) == expected


async def test_connecting_may_wait_too(face: Face, server: FakeServer) -> None:
    """The newer ``wait_until_answered`` of connecting is given time as well."""
    server.on(connector.CONNECT_WHATSAPP_CALL, ConnectWhatsAppCallResponse())
    connect = face.api.connector.connect_whatsapp_call
    await face.call(connect, whatsapp_call_id="W_1", sdp=OFFER, wait_until_answered=True)
    await face.call(connect, whatsapp_call_id="W_1", sdp=OFFER)
    assert [round(request.timeout) for request in server.requests] == [30, 10]


async def test_searching_numbers_is_given_time(face: Face, server: FakeServer) -> None:
    """Carriers are asked, which takes its time."""
    server.on(phone_number.SEARCH_PHONE_NUMBERS, SearchPhoneNumbersResponse())
    await face.call(face.api.phone_number.search_phone_numbers, country_code="US")
    assert round(server.requests[0].timeout) == 30


async def test_a_number_that_is_not(face: Face, server: FakeServer) -> None:
    """An answer without a number is not found; a release of nothing can be allowed."""
    server.on(phone_number.GET_PHONE_NUMBER, GetPhoneNumberResponse())
    with pytest.raises(lkapi.NotFoundError):
        await face.call(face.api.phone_number.get_phone_number, id="PN_9")
    server.on(phone_number.RELEASE_PHONE_NUMBERS, refusal(404, "not_found"))
    release = face.api.phone_number.release_phone_numbers
    assert await face.call(release, ids=["PN_9"], missing_ok=True) is None


async def test_buying_is_never_repeated(kind: str, server: FakeServer) -> None:
    """A purchase whose fate is unknown is not made again, on LiveKit Cloud either."""
    face = make_face(
        kind, server, retry=lkapi.RetryPolicy(attempts=3, first_wait=0.0, max_wait=0.0)
    )
    server.on(phone_number.PURCHASE_PHONE_NUMBER, refusal(503, "unavailable"))
    with pytest.raises(lkapi.UnavailableError):
        await face.call(face.api.phone_number.purchase_phone_number, phone_numbers=["+1"])
    assert len(server.requests) == 1


async def test_dispatches(face: Face, server: FakeServer) -> None:
    """Lists give a list, one gives the first or None, a deleted one may be missing."""
    found = AgentDispatch(id="AD_1", room="demo")
    server.on(
        agent_dispatch.LIST_DISPATCH,
        ListAgentDispatchResponse(agent_dispatches=[found]),
        ListAgentDispatchResponse(),
    )
    api = face.api.agent_dispatch
    assert await face.call(api.get_dispatch, "AD_1", "demo") == found
    assert await face.call(api.get_dispatch, dispatch_id="AD_1", room_name="demo") is None
    assert await face.call(api.list_dispatch, room_name="demo") == []
    assert [request.dispatch_id for request in server.sent(agent_dispatch.LIST_DISPATCH)] == [
        "AD_1",
        "AD_1",
        "",
    ]
    server.on(agent_dispatch.LIST_DISPATCH, ListAgentDispatchResponse(agent_dispatches=[found]))
    assert await face.items(api.iter_dispatch("demo")) == [found]
    with pytest.raises(ValueError, match="dispatch_id is empty"):
        await face.call(api.get_dispatch, "", "demo")
    server.on(agent_dispatch.DELETE_DISPATCH, refusal(404, "not_found"))
    assert await face.call(api.delete_dispatch, "AD_1", "demo", missing_ok=True) is None
    with pytest.raises(lkapi.NotFoundError):
        await face.call(api.delete_dispatch, "AD_1", "demo")
