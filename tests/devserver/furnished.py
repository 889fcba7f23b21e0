"""A world in which every method has something to act on, and a request for each of them."""

from __future__ import annotations

from typing import Any

from tests.devserver.service_calls import ServiceServer

__all__ = ["REQUESTS", "furnish", "request_for"]

S3 = {"bucket": "b", "access_key": "AK", "secret": "fake"}
FILE = {"filepath": "a.mp4", "s3": S3}
OUTBOUND = {"address": "sip.example.com", "numbers": ["+14155550199"]}
RULE = {"rule": {"dispatch_rule_direct": {"room_name": "desk"}}}
ROOM = {"room": "demo"}
ANN = {"room": "demo", "identity": "ann"}
SDP = {"type": "offer", "sdp": "v=0"}
WHATSAPP = {
    "whatsapp_phone_number_id": "1",
    "whatsapp_api_key": "fake",
    "whatsapp_cloud_api_version": "23.0",
    "room_name": "demo",
}

REQUESTS: dict[str, dict[str, Any]] = {
    "AgentDispatchService/CreateDispatch": {**ROOM, "agent_name": "bot"},
    "AgentDispatchService/DeleteDispatch": {**ROOM, "dispatch_id": "$dispatch"},
    "AgentDispatchService/ListDispatch": ROOM,
    "Connector/AcceptWhatsAppCall": {**WHATSAPP, "whatsapp_call_id": "wacid.2", "sdp": SDP},
    "Connector/ConnectTwilioCall": {"room_name": "demo"},
    "Connector/ConnectWhatsAppCall": {"whatsapp_call_id": "$whatsapp", "sdp": SDP},
    "Connector/DialWhatsAppCall": {**WHATSAPP, "whatsapp_to_phone_number": "+14155550100"},
    "Connector/DisconnectWhatsAppCall": {
        "whatsapp_call_id": "$whatsapp",
        "whatsapp_api_key": "fake",
    },
    "Egress/ListEgress": {"egress_id": "$egress"},
    "Egress/StartEgress": {
        "room_name": "demo",
        "template": {"layout": "grid"},
        "outputs": [{"file": {"filepath": "a.mp4"}, "storage": {"s3": S3}}],
    },
    "Egress/StartParticipantEgress": {
        "room_name": "demo",
        "identity": "ann",
        "file_outputs": [FILE],
    },
    "Egress/StartRoomCompositeEgress": {"room_name": "demo", "file_outputs": [FILE]},
    "Egress/StartTrackCompositeEgress": {
        "room_name": "demo",
        "audio_track_id": "$track",
        "file_outputs": [FILE],
    },
    "Egress/StartTrackEgress": {"room_name": "demo", "track_id": "$track", "file": FILE},
    "Egress/StartWebEgress": {"url": "https://example.com", "file_outputs": [FILE]},
    "Egress/StopEgress": {"egress_id": "$egress"},
    "Egress/UpdateLayout": {"egress_id": "$egress", "layout": "speaker"},
    "Egress/UpdateStream": {"egress_id": "$egress", "add_output_urls": ["rtmp://example.com/x"]},
    "Ingress/CreateIngress": {"room_name": "demo", "participant_identity": "obs"},
    "Ingress/DeleteIngress": {"ingress_id": "$ingress"},
    "Ingress/ListIngress": {"ingress_id": "$ingress"},
    "Ingress/UpdateIngress": {"ingress_id": "$ingress", "name": "new"},
    "PhoneNumberService/GetPhoneNumber": {"id": "$number"},
    "PhoneNumberService/ListPhoneNumbers": {"limit": 5},
    "PhoneNumberService/PurchasePhoneNumber": {"phone_numbers": ["+14155550108"]},
    "PhoneNumberService/ReleasePhoneNumbers": {"ids": ["$number"]},
    "PhoneNumberService/SearchPhoneNumbers": {"country_code": "US"},
    "PhoneNumberService/UpdatePhoneNumber": {"id": "$number", "sip_dispatch_rule_id": "$rule"},
    "RoomService/CreateRoom": {"name": "new"},
    "RoomService/DeleteRoom": ROOM,
    "RoomService/ForwardParticipant": {**ANN, "destination_room": "other"},
    "RoomService/GetParticipant": ANN,
    "RoomService/ListParticipants": ROOM,
    "RoomService/ListRooms": {"names": ["demo"]},
    "RoomService/MoveParticipant": {**ANN, "destination_room": "other"},
    "RoomService/MutePublishedTrack": {**ANN, "track_sid": "$track", "muted": True},
    "RoomService/PerformRpc": {**ROOM, "destination_identity": "ann", "method": "hello"},
    "RoomService/RemoveParticipant": ANN,
    "RoomService/SendData": {**ROOM, "data": "aGVsbG8=", "kind": "RELIABLE"},
    "RoomService/UpdateParticipant": {**ANN, "metadata": "m"},
    "RoomService/UpdateRoomMetadata": {**ROOM, "metadata": "m"},
    "RoomService/UpdateSubscriptions": {**ANN, "track_sids": ["$track"], "subscribe": True},
    "SIP/CreateSIPDispatchRule": {"dispatch_rule": {**RULE, "trunk_ids": ["ST_x"]}},
    "SIP/CreateSIPInboundTrunk": {"trunk": {"numbers": ["+14155550112"]}},
    "SIP/CreateSIPOutboundTrunk": {"trunk": OUTBOUND},
    "SIP/CreateSIPParticipant": {
        "sip_trunk_id": "$outbound",
        "sip_call_to": "+14155550101",
        "room_name": "demo",
        "wait_until_answered": True,
    },
    "SIP/DeleteSIPDispatchRule": {"sip_dispatch_rule_id": "$rule"},
    "SIP/DeleteSIPTrunk": {"sip_trunk_id": "$inbound"},
    "SIP/GetSIPInboundTrunk": {"sip_trunk_id": "$inbound"},
    "SIP/GetSIPOutboundTrunk": {"sip_trunk_id": "$outbound"},
    "SIP/ListSIPDispatchRule": {"dispatch_rule_ids": ["$rule"]},
    "SIP/ListSIPInboundTrunk": {"trunk_ids": ["$inbound"]},
    "SIP/ListSIPOutboundTrunk": {"numbers": ["+14155550199"]},
    "SIP/ListSIPTrunk": {"page": {"limit": 10}},
    "SIP/TransferSIPParticipant": {
        "room_name": "demo",
        "participant_identity": "caller",
        "transfer_to": "tel:+14155550102",
    },
    "SIP/UpdateSIPDispatchRule": {"sip_dispatch_rule_id": "$rule", "update": {"name": "new"}},
    "SIP/UpdateSIPInboundTrunk": {"sip_trunk_id": "$inbound", "update": {"name": "new"}},
    "SIP/UpdateSIPOutboundTrunk": {"sip_trunk_id": "$outbound", "update": {"name": "new"}},
}
"""A request for each method; ``$name`` stands for the id of something in the world."""


def furnish(server: ServiceServer) -> dict[str, str]:
    """Put something of everything into a world; the ids by which requests name it."""
    ann = server.join("ann", "demo")
    ann.register_rpc("hello", lambda run: "hi")
    track = ann.publish("mic").sid
    dispatch = server.get("AgentDispatchService/CreateDispatch", ROOM)["id"]
    outbound = server.get("SIP/CreateSIPOutboundTrunk", {"trunk": OUTBOUND})["sip_trunk_id"]
    inbound = {"trunk": {"numbers": ["+14155550111"]}}
    call = {
        "sip_trunk_id": outbound,
        "sip_call_to": "+14155550100",
        "room_name": "demo",
        "participant_identity": "caller",
    }
    server.get("SIP/CreateSIPParticipant", call)
    egress = server.get(
        "Egress/StartRoomCompositeEgress", REQUESTS["Egress/StartRoomCompositeEgress"]
    )
    server.world.egresses.activate(egress["egress_id"])
    bought = server.get(
        "PhoneNumberService/PurchasePhoneNumber", {"phone_numbers": ["+14155550107"]}
    )
    return {
        "$dispatch": dispatch,
        "$track": track,
        "$outbound": outbound,
        "$inbound": server.get("SIP/CreateSIPInboundTrunk", inbound)["sip_trunk_id"],
        "$rule": server.get("SIP/CreateSIPDispatchRule", {"dispatch_rule": RULE})[
            "sip_dispatch_rule_id"
        ],
        "$egress": egress["egress_id"],
        "$ingress": server.get("Ingress/CreateIngress", REQUESTS["Ingress/CreateIngress"])[
            "ingress_id"
        ],
        "$number": bought["phone_numbers"][0]["id"],
        "$whatsapp": server.get(
            "Connector/DialWhatsAppCall", REQUESTS["Connector/DialWhatsAppCall"]
        )["whatsapp_call_id"],
    }


def request_for(method: str, ids: dict[str, str]) -> dict[str, Any]:
    """The request of a method with the ids of a furnished world in it."""
    assert method in REQUESTS, f"tests/devserver/furnished.py: REQUESTS has none for {method}"
    filled = _fill(REQUESTS[method], ids)
    assert isinstance(filled, dict)
    return filled


def _fill(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _fill(item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value
