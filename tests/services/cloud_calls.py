"""One call of each method that LiveKit Cloud alone offers; see ``call_table.py``."""

from __future__ import annotations

from lkapi.methods import agent_simulation, cloud_agent, connector, phone_number, replay
from lkapi.protocol.agent_simulation import Scenario, SimulationRun
from lkapi.protocol.egress import EgressInfo
from lkapi.protocol.phone_number import (
    GetPhoneNumberResponse,
    PhoneNumber,
    SearchPhoneNumbersResponse,
    UpdatePhoneNumberResponse,
)
from lkapi.protocol.rtc import SessionDescription
from tests.services.call_case import CallCase, case

NUMBER = PhoneNumber(id="PN_1", e164_format="+15105550100")
RECORDING = EgressInfo(egress_id="EG_1", room_name="demo")
OFFER = SessionDescription(type="offer", sdp="v=0")
RUN = {"project_id": "p_1", "simulation_run_id": "SR_1"}

CLOUD_CASES: tuple[CallCase, ...] = (
    case(
        connector.DIAL_WHATSAPP_CALL,
        "connector.dial_whatsapp_call",
        whatsapp_to_phone_number="+1",
        room_name="demo",
    ),
    case(
        connector.DISCONNECT_WHATSAPP_CALL,
        "connector.disconnect_whatsapp_call",
        whatsapp_call_id="W_1",
    ),
    case(
        connector.CONNECT_WHATSAPP_CALL,
        "connector.connect_whatsapp_call",
        whatsapp_call_id="W_1",
        sdp=OFFER,
    ),
    case(
        connector.ACCEPT_WHATSAPP_CALL,
        "connector.accept_whatsapp_call",
        whatsapp_call_id="W_1",
        sdp=OFFER,
    ),
    case(connector.CONNECT_TWILIO_CALL, "connector.connect_twilio_call", room_name="demo"),
    case(
        phone_number.SEARCH_PHONE_NUMBERS,
        "phone_number.search_phone_numbers",
        country_code="US",
        _={"answer": SearchPhoneNumbersResponse(items=[NUMBER])},
    ),
    case(
        phone_number.PURCHASE_PHONE_NUMBER,
        "phone_number.purchase_phone_number",
        phone_numbers=["+15105550100"],
    ),
    case(phone_number.LIST_PHONE_NUMBERS, "phone_number.list_phone_numbers", limit=5),
    case(
        phone_number.GET_PHONE_NUMBER,
        "phone_number.get_phone_number",
        id="PN_1",
        _={"answer": GetPhoneNumberResponse(phone_number=NUMBER), "result": NUMBER},
    ),
    case(
        phone_number.UPDATE_PHONE_NUMBER,
        "phone_number.update_phone_number",
        id="PN_1",
        name="n",
        _={"answer": UpdatePhoneNumberResponse(phone_number=NUMBER), "result": NUMBER},
    ),
    case(phone_number.RELEASE_PHONE_NUMBERS, "phone_number.release_phone_numbers", ids=["PN_1"]),
    case(cloud_agent.CREATE_AGENT, "cloud_agent.create_agent", regions=["us-east"]),
    case(cloud_agent.CREATE_AGENT_V2, "cloud_agent.create_agent_v2", regions=["us-east"]),
    case(
        cloud_agent.PROMOTE_AGENT,
        "cloud_agent.promote_agent",
        agent_id="A_1",
        src_deployment="staging",
    ),
    case(cloud_agent.LIST_AGENTS, "cloud_agent.list_agents"),
    case(cloud_agent.LIST_AGENT_VERSIONS, "cloud_agent.list_agent_versions", agent_id="A_1"),
    case(cloud_agent.LIST_AGENT_SECRETS, "cloud_agent.list_agent_secrets", agent_id="A_1"),
    case(cloud_agent.UPDATE_AGENT, "cloud_agent.update_agent", agent_id="A_1", regions=["us-east"]),
    case(cloud_agent.RESTART_AGENT, "cloud_agent.restart_agent", agent_id="A_1"),
    case(cloud_agent.DEPLOY_AGENT, "cloud_agent.deploy_agent", agent_id="A_1"),
    case(
        cloud_agent.DEPLOY_AGENT_V2,
        "cloud_agent.deploy_agent_v2",
        agent_id="A_1",
        deployment="staging",
    ),
    case(
        cloud_agent.UPDATE_AGENT_SECRETS,
        "cloud_agent.update_agent_secrets",
        agent_id="A_1",
        remove=["KEY"],
    ),
    case(cloud_agent.ROLLBACK_AGENT, "cloud_agent.rollback_agent", agent_id="A_1", version="v1"),
    case(cloud_agent.DELETE_AGENT, "cloud_agent.delete_agent", agent_id="A_1"),
    case(cloud_agent.GET_CLIENT_SETTINGS, "cloud_agent.get_client_settings"),
    case(cloud_agent.CREATE_PRIVATE_LINK, "cloud_agent.create_private_link", name="db", port=5432),
    case(
        cloud_agent.DESTROY_PRIVATE_LINK, "cloud_agent.destroy_private_link", private_link_id="PL_1"
    ),
    case(cloud_agent.LIST_PRIVATE_LINKS, "cloud_agent.list_private_links"),
    case(
        cloud_agent.GET_PRIVATE_LINK_STATUS,
        "cloud_agent.get_private_link_status",
        private_link_id="PL_1",
    ),
    case(
        agent_simulation.CREATE_SIMULATION_RUN,
        "agent_simulation.create_simulation_run",
        project_id="p_1",
        agent_name="bot",
    ),
    case(
        agent_simulation.CONFIRM_SIMULATION_SOURCE_UPLOAD,
        "agent_simulation.confirm_simulation_source_upload",
        **RUN,
    ),
    case(
        agent_simulation.GET_SIMULATION_RUN,
        "agent_simulation.get_simulation_run",
        **RUN,
        _={"answer": SimulationRun.Get.Response(run=SimulationRun(id="SR_1"))},
    ),
    case(
        agent_simulation.LIST_SIMULATION_RUNS,
        "agent_simulation.list_simulation_runs",
        project_id="p_1",
    ),
    case(
        agent_simulation.COUNT_SIMULATION_RUNS,
        "agent_simulation.count_simulation_runs",
        project_id="p_1",
    ),
    case(agent_simulation.CANCEL_SIMULATION_RUN, "agent_simulation.cancel_simulation_run", **RUN),
    case(
        agent_simulation.CREATE_SCENARIO_FROM_SESSION,
        "agent_simulation.create_scenario_from_session",
        project_id="p_1",
        room_id="RM_1",
        _={"answer": Scenario.CreateFromSession.Response(scenario=Scenario(label="l"))},
    ),
    case(replay.LIST_REPLAYS, "replay.list_replays", room_name="demo"),
    case(replay.PLAYBACK, "replay.playback", replay_id="RP_1", playback_room="b"),
    case(replay.SEEK, "replay.seek", playback_id="PB_1", seek_offset_ms=5, _={"result": None}),
    case(replay.CLOSE, "replay.close", playback_id="PB_1", _={"result": None}),
    case(replay.EXPORT, "replay.export", replay_id="RP_1", _={"answer": RECORDING}),
    case(replay.DELETE_REPLAY, "replay.delete_replay", replay_id="RP_1", _={"result": None}),
)
