"""A user's program over every service: type checkers find nothing to say. Never executed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from typing_extensions import assert_type

import lkapi
import lkapi as api
from lkapi import recording, sip_values
from lkapi.analytics import SessionDetails, SessionSummary
from lkapi.constants import AgentState, Layout
from lkapi.protocol.cloud_agent import CreateAgentResponse, DeleteAgentResponse
from lkapi.protocol.egress import EgressInfo, EgressStatus, ListEgressResponse
from lkapi.rpc.pagination import AsyncPager
from lkapi.sync.rpc.pagination import Pager


async def egress(lk: lkapi.LiveKitAPI) -> None:
    """Typed keywords, request objects, helpers and pagers."""
    started = await lk.egress.start_room_composite_egress(
        room_name="demo",
        layout=Layout.GRID.light,
        **recording.outputs(api.EncodedFileOutput(filepath="a.mp4")),
        **recording.encoding(api.EncodingOptionsPreset.H264_1080P_30),
        timeout=timedelta(seconds=40),
    )
    assert_type(started, EgressInfo)
    assert_type(started.is_terminal, bool)
    await lk.egress.start_egress(
        room_name="demo",
        template=api.TemplateSource(layout="grid"),
        outputs=[recording.output(api.FileOutput(filepath="a.mp4"))],
    )
    request = api.WebEgressRequest(
        url="https://example.com", preset=api.EncodingOptionsPreset.H264_720P_30
    )
    assert_type(await lk.egress.start_web_egress(request), EgressInfo)
    assert_type(await lk.egress.list_egress(active=True), ListEgressResponse)
    assert_type(lk.egress.iter_egress(room_name="demo"), AsyncPager[EgressInfo])
    async for info in lk.egress.iter_egress():
        assert_type(info, EgressInfo)
    assert_type(await lk.egress.stop_egress(egress_id="EG_1"), EgressInfo)
    assert_type(await lk.egress.stop_egress(egress_id="EG_1", ended_ok=True), EgressInfo)
    assert_type(await lk.egress.stop_egress(egress_id="EG_1", missing_ok=True), EgressInfo | None)
    await lk.egress.wait_egress("EG_1", until=EgressStatus.EGRESS_ACTIVE, timeout=30)
    await lk.egress.wait_egress("EG_1", until=[EgressStatus.EGRESS_ACTIVE])
    await lk.egress.wait_egress("EG_1", until=lambda info: bool(info.file_results))


async def telephony(lk: lkapi.LiveKitAPI) -> str:
    """Trunks, rules and calls."""
    trunk = await lk.sip.create_inbound_trunk(
        trunk=api.SIPInboundTrunkInfo(name="in", numbers=["+15105550100"])
    )
    await lk.sip.update_inbound_trunk_fields(trunk.sip_trunk_id, numbers=[], name="n")
    await lk.sip.update_inbound_trunk_fields(
        trunk.sip_trunk_id, allowed_numbers=api.ListUpdate(add=["+1"]), auth_realm="r"
    )
    assert_type(await lk.sip.get_outbound_trunk("ST_1"), api.SIPOutboundTrunkInfo)
    async for rule in lk.sip.iter_dispatch_rule(page=api.Pagination(limit=100)):
        assert_type(rule, api.SIPDispatchRuleInfo)
    deleted = await lk.sip.delete_dispatch_rule(sip_dispatch_rule_id="SDR_1", missing_ok=True)
    assert_type(deleted, api.SIPDispatchRuleInfo | None)
    try:
        called = await lk.sip.create_sip_participant(
            sip_call_to=sip_values.e164("+1 510 555 0100"),
            room_name="demo",
            trunk_id="ST_1",
            wait_until_answered=True,
            ringing_timeout=20,
            timeout=30,
        )
        await lk.sip.transfer_sip_participant(
            participant_identity=called.participant_identity,
            room_name="demo",
            transfer_to=sip_values.tel_target("+15105550101"),
        )
    except api.SIPCallError as error:
        assert_type(error.sip_status_code, int | None)
        return "busy" if error.busy else "retry" if error.retry_may_help else "failed"
    except api.twirp_client.TwirpError as error:
        return error.code
    return called.sip_call_id


async def agents(lk: lkapi.LiveKitAPI) -> None:
    """Dispatches and agents on LiveKit Cloud."""
    await lk.agent_dispatch.create_dispatch(agent_name="bot", room="demo", metadata="{}")
    assert_type(await lk.agent_dispatch.list_dispatch("demo"), list[api.AgentDispatch])
    assert_type(await lk.agent_dispatch.get_dispatch("AD_1", "demo"), api.AgentDispatch | None)
    assert_type(await lk.agent_dispatch.delete_dispatch("AD_1", "demo"), api.AgentDispatch)
    assert_type(await lk.cloud_agent.create_agent(regions=["us-east"]), CreateAgentResponse)
    gone = await lk.cloud_agent.in_region("us-east").delete_agent(agent_id="A", missing_ok=True)
    assert_type(gone, DeleteAgentResponse | None)
    async for run in lk.agent_simulation.iter_simulation_runs(project_id="p_1"):
        assert_type(run, api.SimulationRun)
    participant = await lk.room.get_participant(room="demo", identity="bot")
    assert participant.attributes.get("lk.agent.state") == AgentState.SPEAKING


async def cloud(lk: lkapi.LiveKitAPI) -> None:
    """Numbers, connectors, analytics, replays."""
    found = await lk.phone_number.search_phone_numbers(country_code="US", area_code="510")
    await lk.phone_number.purchase_phone_number(phone_numbers=[n.e164_format for n in found.items])
    assert_type(await lk.phone_number.get_phone_number(id="PN_1"), api.PhoneNumber)
    await lk.connector.dial_whatsapp_call(whatsapp_to_phone_number="+1", room_name="demo")
    await lk.replay.seek(playback_id="PB_1", seek_offset_ms=5)
    sessions = await lk.analytics.list_sessions(project_id="p_1", start=date(2024, 1, 1), limit=10)
    assert_type(sessions, Sequence[SessionSummary])
    assert_type(await lk.analytics.get_session(sessions[0].session_id), SessionDetails)


def without_a_loop(lk: lkapi.SyncLiveKitAPI) -> None:
    """The same methods and types, without await."""
    ingress = lk.ingress.create_ingress(
        input_type=api.IngressInput.WHIP_INPUT, participant_identity="ann", enable_transcoding=True
    )
    assert_type(ingress, api.IngressInfo)
    assert_type(
        lk.ingress.delete_ingress(ingress_id="IN_1", missing_ok=True), api.IngressInfo | None
    )
    assert_type(lk.ingress.iter_ingress(), Pager[api.IngressInfo])
    for info in lk.ingress.iter_ingress(room_name="demo"):
        assert_type(info, api.IngressInfo)
    for page in lk.egress.iter_egress().pages():
        assert_type(page, list[EgressInfo])
    assert_type(lk.egress.stop_egress(egress_id="EG_1"), EgressInfo)
    service: api.sip_service.SipService | None = None
    assert service is None
