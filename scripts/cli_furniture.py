"""What the examples of the command's help name: made on a server, and deleted from it again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import lkapi
from lkapi.devserver import SimulatedParticipant, World

ROOM = "demo"
ROOMS = (ROOM, "other")
NAMES = (
    "one",
    "two",
    "carrier",
    "desk",
    "support",
    "office",
    "copy",
    "stage",
    "studio",
    "reception",
)
"""Names of the trunks, rules and ingresses that are made here or by an example."""


def _dispatch(api: lkapi.SyncLiveKitAPI) -> str:
    return api.agent_dispatch.create_dispatch(room=ROOM, agent_name="greeter").id


def _ingress(api: lkapi.SyncLiveKitAPI) -> str:
    made = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT,
        name="studio",
        room_name=ROOM,
        participant_identity="camera",
    )
    return made.ingress_id


def _inbound(name: str, number: str) -> Callable[[lkapi.SyncLiveKitAPI], str]:
    trunk = lkapi.SIPInboundTrunkInfo(name=name, numbers=[number])
    return lambda api: api.sip.create_inbound_trunk(trunk=trunk).sip_trunk_id


def _outbound(api: lkapi.SyncLiveKitAPI) -> str:
    trunk = lkapi.SIPOutboundTrunkInfo(
        name="carrier", address="sip.example.com", numbers=["+15105550192"]
    )
    return api.sip.create_outbound_trunk(trunk=trunk).sip_trunk_id


def _rule(api: lkapi.SyncLiveKitAPI) -> str:
    direct = lkapi.SIPDispatchRuleDirect(room_name="lobby")
    made = api.sip.create_dispatch_rule(
        dispatch_rule=lkapi.SIPDispatchRuleInfo(
            name="desk",
            trunk_ids=[_inbound("one", "+15105550193")(api)],
            rule=lkapi.SIPDispatchRule(dispatch_rule_direct=direct),
        )
    )
    return made.sip_dispatch_rule_id


def _record(api: lkapi.SyncLiveKitAPI, name: str = "take.mp4") -> str:
    output = lkapi.EncodedFileOutput(filepath=name, s3=lkapi.S3Upload(bucket="takes"))
    started = api.egress.start_room_composite_egress(room_name=ROOM, file_outputs=[output])
    return started.egress_id


MAKERS: Mapping[str, Callable[[lkapi.SyncLiveKitAPI], str]] = {
    "DISPATCH": _dispatch,
    "INGRESS": _ingress,
    "INBOUND": _inbound("one", "+15105550190"),
    "OTHER_INBOUND": _inbound("two", "+15105550191"),
    "OUTBOUND": _outbound,
    "RULE": _rule,
    "EGRESS": _record,
    "WHATSAPP_KEY": lambda _: "whatsapp-key",
}
"""What the server API can make, by the shell variable that stands for it."""


def variables_in(example: str) -> set[str]:
    """The shell variables of an example that stand for something on the server."""
    return {*re.findall(r"\$([A-Z_]+)", example)} & {*MAKERS}


def furnish(
    api: lkapi.SyncLiveKitAPI, wanted: Iterable[str], *, patient: bool = False
) -> dict[str, str]:
    """Make the rooms, and what variables stand for; ``patient`` waits until an egress runs."""
    for room in ROOMS:
        api.room.create_room(name=room, empty_timeout=120)
    variables = {name: MAKERS[name](api) for name in wanted}
    if patient and "EGRESS" in variables:
        active = lkapi.EgressStatus.EGRESS_ACTIVE
        api.egress.wait_egress(variables["EGRESS"], until=active, timeout=60, poll=0.5)
    return variables


def furnish_world(api: lkapi.SyncLiveKitAPI, world: World, outbound: str) -> dict[str, str]:
    """Make what no server API can make: people, tracks, recordings that are over."""
    people = [_join(world, name) for name in ("ann", "bob")]
    people[0].register_rpc("greet", lambda call: f"hello, {call.payload}")
    track = people[0].publish("microphone")
    ended = _record(api, "ended.mp4")
    world.egresses.activate(ended)
    world.egresses.complete(ended)
    stream = api.egress.start_room_composite_egress(
        room_name=ROOM, stream_outputs=[lkapi.StreamOutput(urls=["rtmp://live.example.com/a/b"])]
    )
    for egress in api.egress.list_egress(active=True).items:
        world.egresses.activate(egress.egress_id)
    api.sip.create_sip_participant(
        sip_trunk_id=outbound,
        sip_call_to="+15105550130",
        room_name=ROOM,
        participant_identity="phone",
        wait_until_answered=True,
    )
    api.phone_number.purchase_phone_number(phone_numbers=["+14155550142"])
    call = api.connector.dial_whatsapp_call(
        whatsapp_phone_number_id="1",
        whatsapp_to_phone_number="+15105550131",
        whatsapp_api_key="k",
        whatsapp_cloud_api_version="23.0",
        room_name=ROOM,
    )
    return {
        "TRACK": track.sid,
        "ENDED_EGRESS": ended,
        "STREAM": stream.egress_id,
        "WHATSAPP_CALL": call.whatsapp_call_id,
        "SESSION": world.rooms[ROOM].info.sid,
    }


def _join(world: World, identity: str) -> SimulatedParticipant:
    key, secret = next(iter(world.config.keys.items()))
    token = lkapi.AccessToken(key, secret, identity=identity).add_grant(room_join=True, room=ROOM)
    return world.join(token.to_jwt())


class Tidying:
    """Deletes what examples left on a real server: new since the start, and named as they name."""

    def __init__(self, api: lkapi.SyncLiveKitAPI) -> None:
        self._api = api
        self._before = {one_id for _, one_id, _ in self._found()}

    def tidy(self) -> None:
        """Delete it, egresses and rooms last."""
        for delete, one_id, name in list(self._found()):
            if one_id not in self._before and name in NAMES:
                delete(one_id)
        for room in ROOMS:
            if room not in self._before:
                for egress in _listed(self._api.egress.list_egress, room_name=room, active=True):
                    self._api.egress.stop_egress(egress_id=egress.egress_id, ended_ok=True)
                self._api.room.delete_room(room=room, missing_ok=True)

    def _found(self) -> Iterable[tuple[Callable[[str], Any], str, str]]:
        api = self._api
        for room in api.room.list_rooms().rooms:
            yield (lambda _: None), room.name, ""
        for ingress in _listed(api.ingress.list_ingress):
            yield self._delete_ingress, ingress.ingress_id, ingress.name
        for rule in _listed(api.sip.list_dispatch_rule):
            yield self._delete_rule, rule.sip_dispatch_rule_id, rule.name
        for list_trunks in (api.sip.list_inbound_trunk, api.sip.list_outbound_trunk):
            for trunk in _listed(list_trunks):
                yield self._delete_trunk, trunk.sip_trunk_id, trunk.name

    def _delete_ingress(self, one: str) -> None:
        self._api.ingress.delete_ingress(ingress_id=one, missing_ok=True)

    def _delete_rule(self, one: str) -> None:
        self._api.sip.delete_dispatch_rule(sip_dispatch_rule_id=one, missing_ok=True)

    def _delete_trunk(self, one: str) -> None:
        self._api.sip.delete_trunk(sip_trunk_id=one, missing_ok=True)


ABSENT = (lkapi.InternalError, lkapi.UnavailableError, lkapi.BadRouteError)
"""What a list is answered with by a server that has no such service, or no Redis for it."""
_missing: set[str] = set()
"""Services that the server turned out not to have."""


def _listed(method: Callable[..., Any], **fields: Any) -> Iterable[Any]:
    """What is there: nothing, where the service is absent."""
    if method.__qualname__ in _missing:
        return ()
    try:
        return method(**fields).items
    except ABSENT as error:
        print(f"          nothing to tidy: {error.code} from {error.method}")
        _missing.add(method.__qualname__)
        return ()
