"""One call per remote method: how a user makes it, what goes out, what comes back.

Data only, so that the same table can be put to any server: the fake of these tests, the embedded
server, a real one.
"""

from __future__ import annotations

from lkapi.methods import (
    agent_dispatch,
    egress,
    ingress,
    room,
    sip,
)
from lkapi.protocol.agent_dispatch import AgentDispatch, ListAgentDispatchResponse
from lkapi.protocol.egress import (
    DirectFileOutput,
    EgressInfo,
    EncodedFileOutput,
    FileOutput,
    ListEgressResponse,
    Output,
    StreamOutput,
    TemplateSource,
)
from lkapi.protocol.ingress import IngressInfo, IngressInput, ListIngressResponse
from lkapi.protocol.models import ListUpdate, ParticipantInfo, Room
from lkapi.protocol.room import ListRoomsResponse
from lkapi.protocol.sip import (
    GetSIPInboundTrunkResponse,
    GetSIPOutboundTrunkResponse,
    ListSIPInboundTrunkResponse,
    SIPDispatchRule,
    SIPDispatchRuleDirect,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
    SIPParticipantInfo,
)
from tests.services.call_case import CallCase, case
from tests.services.cloud_calls import CLOUD_CASES

ROOM = {"room": "demo"}
ANN = {"room": "demo", "identity": "ann"}
MP4 = EncodedFileOutput(filepath="a.mp4")
INBOUND = SIPInboundTrunkInfo(sip_trunk_id="ST_1", name="in", numbers=["+15105550100"])
OUTBOUND = SIPOutboundTrunkInfo(sip_trunk_id="ST_2", address="sip.example.com")
RULE = SIPDispatchRuleInfo(
    name="r", rule=SIPDispatchRule(dispatch_rule_direct=SIPDispatchRuleDirect(room_name="demo"))
)
RECORDING = EgressInfo(egress_id="EG_1", room_name="demo")
DISPATCH = AgentDispatch(id="AD_1", room="demo")
INGRESS = IngressInfo(ingress_id="IN_1")

CASES: tuple[CallCase, ...] = (
    case(room.CREATE_ROOM, "room.create_room", name="demo", _={"answer": Room(name="demo")}),
    case(
        room.LIST_ROOMS,
        "room.list_rooms",
        names=["demo"],
        _={"answer": ListRoomsResponse(rooms=[Room(name="demo")])},
    ),
    case(room.DELETE_ROOM, "room.delete_room", **ROOM),
    case(room.UPDATE_ROOM_METADATA, "room.update_room_metadata", metadata="m", **ROOM),
    case(room.LIST_PARTICIPANTS, "room.list_participants", **ROOM),
    case(
        room.GET_PARTICIPANT,
        "room.get_participant",
        **ANN,
        _={"answer": ParticipantInfo(identity="ann")},
    ),
    case(room.REMOVE_PARTICIPANT, "room.remove_participant", **ANN),
    case(
        room.MUTE_PUBLISHED_TRACK, "room.mute_published_track", track_sid="TR_1", muted=True, **ANN
    ),
    case(room.UPDATE_PARTICIPANT, "room.update_participant", metadata="m", **ANN),
    case(
        room.UPDATE_SUBSCRIPTIONS,
        "room.update_subscriptions",
        track_sids=["TR_1"],
        subscribe=True,
        **ANN,
    ),
    case(room.SEND_DATA, "room.send_data", data=b"x", nonce=bytes(16), **ROOM),
    case(
        room.FORWARD_PARTICIPANT,
        "room.forward_participant",
        destination_room="b",
        **ANN,
    ),
    case(
        room.MOVE_PARTICIPANT,
        "room.move_participant",
        destination_room="b",
        **ANN,
    ),
    case(
        room.PERFORM_RPC,
        "room.perform_rpc",
        room="demo",
        destination_identity="ann",
        method="m",
        payload="p",
    ),
    case(
        egress.START_EGRESS,
        "egress.start_egress",
        room_name="demo",
        template=TemplateSource(layout="grid"),
        outputs=[Output(file=FileOutput(filepath="a.mp4"))],
        _={"answer": RECORDING},
    ),
    case(
        egress.START_ROOM_COMPOSITE_EGRESS,
        "egress.start_room_composite_egress",
        room_name="demo",
        file_outputs=[MP4],
        _={"answer": RECORDING},
    ),
    case(
        egress.START_WEB_EGRESS,
        "egress.start_web_egress",
        url="https://example.com",
        stream_outputs=[StreamOutput(urls=["rtmp://x"])],
        _={"answer": RECORDING},
    ),
    case(
        egress.START_PARTICIPANT_EGRESS,
        "egress.start_participant_egress",
        room_name="demo",
        identity="ann",
        file_outputs=[MP4],
        _={"answer": RECORDING},
    ),
    case(
        egress.START_TRACK_COMPOSITE_EGRESS,
        "egress.start_track_composite_egress",
        room_name="demo",
        audio_track_id="TR_1",
        file_outputs=[MP4],
        _={"answer": RECORDING},
    ),
    case(
        egress.START_TRACK_EGRESS,
        "egress.start_track_egress",
        room_name="demo",
        track_id="TR_1",
        file=DirectFileOutput(filepath="a.ogg"),
        _={"answer": RECORDING},
    ),
    case(
        egress.UPDATE_LAYOUT,
        "egress.update_layout",
        egress_id="EG_1",
        layout="grid",
        _={"answer": RECORDING},
    ),
    case(
        egress.UPDATE_STREAM,
        "egress.update_stream",
        egress_id="EG_1",
        add_output_urls=["rtmp://x"],
        _={"answer": RECORDING},
    ),
    case(
        egress.LIST_EGRESS,
        "egress.list_egress",
        room_name="demo",
        _={"answer": ListEgressResponse(items=[RECORDING])},
    ),
    case(egress.STOP_EGRESS, "egress.stop_egress", egress_id="EG_1", _={"answer": RECORDING}),
    case(
        ingress.CREATE_INGRESS,
        "ingress.create_ingress",
        input_type=IngressInput.WHIP_INPUT,
        participant_identity="ann",
        _={"answer": INGRESS},
    ),
    case(
        ingress.UPDATE_INGRESS,
        "ingress.update_ingress",
        ingress_id="IN_1",
        name="n",
        _={"answer": INGRESS},
    ),
    case(
        ingress.LIST_INGRESS,
        "ingress.list_ingress",
        room_name="demo",
        _={"answer": ListIngressResponse(items=[INGRESS])},
    ),
    case(
        ingress.DELETE_INGRESS, "ingress.delete_ingress", ingress_id="IN_1", _={"answer": INGRESS}
    ),
    case(
        agent_dispatch.CREATE_DISPATCH,
        "agent_dispatch.create_dispatch",
        agent_name="bot",
        room="demo",
        metadata="{}",
        _={"answer": DISPATCH},
    ),
    case(
        agent_dispatch.DELETE_DISPATCH,
        "agent_dispatch.delete_dispatch",
        "AD_1",
        "demo",
        _={
            "sent": agent_dispatch.DELETE_DISPATCH.request(dispatch_id="AD_1", room="demo"),
            "answer": DISPATCH,
        },
    ),
    case(
        agent_dispatch.LIST_DISPATCH,
        "agent_dispatch.list_dispatch",
        "demo",
        _={
            "sent": agent_dispatch.LIST_DISPATCH.request(room="demo"),
            "answer": ListAgentDispatchResponse(agent_dispatches=[DISPATCH]),
            "result": [DISPATCH],
        },
    ),
    case(
        sip.CREATE_SIP_INBOUND_TRUNK,
        "sip.create_inbound_trunk",
        trunk=SIPInboundTrunkInfo(numbers=["+1"]),
        _={"answer": INBOUND},
    ),
    case(
        sip.CREATE_SIP_OUTBOUND_TRUNK,
        "sip.create_outbound_trunk",
        trunk=SIPOutboundTrunkInfo(address="a"),
        _={"answer": OUTBOUND},
    ),
    case(
        sip.GET_SIP_INBOUND_TRUNK,
        "sip.get_inbound_trunk",
        "ST_1",
        _={
            "sent": sip.GET_SIP_INBOUND_TRUNK.request(sip_trunk_id="ST_1"),
            "answer": GetSIPInboundTrunkResponse(trunk=INBOUND),
            "result": INBOUND,
        },
    ),
    case(
        sip.GET_SIP_OUTBOUND_TRUNK,
        "sip.get_outbound_trunk",
        "ST_2",
        _={
            "sent": sip.GET_SIP_OUTBOUND_TRUNK.request(sip_trunk_id="ST_2"),
            "answer": GetSIPOutboundTrunkResponse(trunk=OUTBOUND),
            "result": OUTBOUND,
        },
    ),
    case(
        sip.UPDATE_SIP_INBOUND_TRUNK,
        "sip.update_inbound_trunk_fields",
        "ST_1",
        _={
            "sent": sip.UPDATE_SIP_INBOUND_TRUNK.request(
                sip_trunk_id="ST_1", update={"numbers": ListUpdate(add=["+1"]), "name": "n"}
            ),
            "answer": INBOUND,
        },
        numbers=ListUpdate(add=["+1"]),
        name="n",
    ),
    case(
        sip.UPDATE_SIP_OUTBOUND_TRUNK,
        "sip.update_outbound_trunk",
        "ST_2",
        OUTBOUND,
        _={
            "sent": sip.UPDATE_SIP_OUTBOUND_TRUNK.request(sip_trunk_id="ST_2", replace=OUTBOUND),
            "answer": OUTBOUND,
        },
    ),
    case(
        sip.LIST_SIP_INBOUND_TRUNK,
        "sip.list_inbound_trunk",
        trunk_ids=["ST_1"],
        _={"answer": ListSIPInboundTrunkResponse(items=[INBOUND])},
    ),
    case(sip.LIST_SIP_OUTBOUND_TRUNK, "sip.list_outbound_trunk", numbers=["+1"]),
    case(sip.LIST_SIP_TRUNK, "sip.list_trunk"),
    case(sip.DELETE_SIP_TRUNK, "sip.delete_trunk", sip_trunk_id="ST_1"),
    case(
        sip.CREATE_SIP_DISPATCH_RULE,
        "sip.create_dispatch_rule",
        dispatch_rule=RULE,
        _={"answer": RULE},
    ),
    case(
        sip.UPDATE_SIP_DISPATCH_RULE,
        "sip.update_dispatch_rule",
        "SDR_1",
        RULE,
        _={
            "sent": sip.UPDATE_SIP_DISPATCH_RULE.request(
                sip_dispatch_rule_id="SDR_1", replace=RULE
            ),
            "answer": RULE,
        },
    ),
    case(sip.LIST_SIP_DISPATCH_RULE, "sip.list_dispatch_rule", dispatch_rule_ids=["SDR_1"]),
    case(sip.DELETE_SIP_DISPATCH_RULE, "sip.delete_dispatch_rule", sip_dispatch_rule_id="SDR_1"),
    case(
        sip.CREATE_SIP_PARTICIPANT,
        "sip.create_sip_participant",
        sip_trunk_id="ST_2",
        sip_call_to="+1",
        room_name="demo",
        _={"answer": SIPParticipantInfo(participant_identity="sip_+1")},
    ),
    case(
        sip.TRANSFER_SIP_PARTICIPANT,
        "sip.transfer_sip_participant",
        room_name="demo",
        participant_identity="ann",
        transfer_to="tel:+1",
        ringing_timeout=20,
    ),
    *CLOUD_CASES,
)
