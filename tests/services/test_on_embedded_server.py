"""Every method does its work on the embedded server: both clients, protobuf and JSON on the wire.

The stories are told once, and each runs four times. What the embedded server leaves out is listed.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import pytest

import lkapi
from lkapi.devserver import InProcessTransport, VirtualClock, World
from lkapi.methods import all_methods, find_method
from lkapi.protocol.egress import (
    DirectFileOutput,
    EgressStatus,
    EncodedFileOutput,
    FileOutput,
    Output,
    S3Upload,
    StorageConfig,
    StreamOutput,
    TemplateSource,
)
from lkapi.protocol.ingress import IngressInput
from lkapi.protocol.models import ListUpdate, ParticipantPermission
from lkapi.protocol.rtc import SessionDescription
from lkapi.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
)
from lkapi.transports.base import Request, Response
from tests.devserver.unserved import is_unserved
from tests.services.call_table import CASES
from tests.services.fake_server import KEY, SECRET, Face, make_face

S3 = StorageConfig(s3=S3Upload(bucket="b", access_key="AK", secret="SK"))
MP4 = EncodedFileOutput(filepath="a.mp4", s3=S3Upload(bucket="b"))


class Wire:
    """A transport that notes what succeeds, and puts everything into JSON if told to."""

    def __init__(self, world: World, encoding: str) -> None:
        self._inner = InProcessTransport(world)
        self._json = encoding == "json"
        self.done: set[str] = set()
        """Every method that was called with success."""

    def send(self, request: Request) -> Response:
        """Answer one request."""
        row = find_method(urlsplit(request.url).path)
        if row is None or not self._json:
            answer = self._inner.send(request)
        else:
            headers = {**request.headers, "content-type": "application/json"}
            body = row.request.from_bytes(request.content).to_json().encode()
            told = Request(request.method, request.url, headers, body, request.timeout)
            answer = self._inner.send(told)
            if answer.status == 200:
                message = row.response.from_json(answer.content)
                protobuf = {"content-type": "application/protobuf"}
                answer = Response(200, protobuf, message.to_bytes())
        if row is not None and answer.status == 200:
            self.done.add(str(row))
        return answer

    async def asend(self, request: Request) -> Response:
        """Answer one request."""
        return self.send(request)

    def close(self) -> None:
        """Nothing to close."""

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.fixture
def world() -> World:
    """A LiveKit Cloud project whose clock stands still."""
    return World("cloud", keys={KEY: SECRET}, clock=VirtualClock(time.time()))


Story = Callable[[Face, World], Coroutine[Any, Any, None]]


def join(world: World, identity: str, room: str = "demo") -> Any:
    """A participant comes in."""
    token = lkapi.AccessToken(KEY, SECRET, identity=identity)
    grants = lkapi.VideoGrants(room_join=True, room=room)
    return world.join(token.with_grants(grants).to_jwt())


async def rooms(face: Face, world: World) -> None:
    """Rooms and who is in them."""
    api, call = face.api.room, face.call
    made = await call(api.create_room, name="demo", metadata="m")
    assert (await call(api.get_room, "demo")).sid == made.sid
    assert (await call(api.update_room_metadata, room="demo", metadata="n")).metadata == "n"
    ann = join(world, "ann")
    track = ann.publish("mic")
    ann.register_rpc("greet", lambda invocation: f"hello {invocation.payload}")
    bob = join(world, "bob")
    people = await call(api.list_participants, room="demo")
    assert {person.identity for person in people.participants} == {"ann", "bob"}
    muted = await call(
        api.mute_published_track, room="demo", identity="ann", track_sid=track.sid, muted=True
    )
    assert muted.track.muted
    changed = await call(
        api.update_participant,
        room="demo",
        identity="ann",
        attributes={"a": "1"},
        permission=ParticipantPermission(can_subscribe=True),
    )
    assert changed.attributes["a"] == "1"
    await call(
        api.update_subscriptions,
        room="demo",
        identity="bob",
        track_sids=[track.sid],
        subscribe=True,
    )
    await call(api.send_data, room="demo", data=b"x")
    answer = await call(
        api.perform_rpc, room="demo", destination_identity="ann", method="greet", payload="you"
    )
    assert answer.payload == "hello you"
    await call(api.forward_participant, room="demo", identity="bob", destination_room="copy")
    await call(api.move_participant, room="demo", identity="ann", destination_room="other")
    assert (await call(api.get_participant, room="other", identity="ann")).identity == "ann"
    await call(api.remove_participant, room="demo", identity="bob")
    assert not bob.connected
    assert await call(api.remove_participant, room="demo", identity="bob", missing_ok=True) is None
    await call(api.delete_room, room="demo")
    assert await call(api.delete_room, room="demo", missing_ok=True) is None


async def dispatches(face: Face, world: World) -> None:
    """Agents are sent and taken back."""
    api, call = face.api.agent_dispatch, face.call
    made = await call(api.create_dispatch, agent_name="bot", room="demo", metadata="{}")
    assert made.id in [found.id for found in await call(api.list_dispatch, "demo")]
    assert (await call(api.get_dispatch, made.id, "demo")).metadata == "{}"
    await call(api.delete_dispatch, made.id, "demo")
    assert await call(api.get_dispatch, made.id, "demo") is None


async def recordings(face: Face, world: World) -> None:
    """Every kind of egress starts; one is changed, waited for, stopped, and stopped again."""
    api, call = face.api.egress, face.call
    await call(face.api.room.create_room, name="demo")
    track = join(world, "ann").publish("mic")
    room = {"room_name": "demo"}
    made = await call(
        api.start_egress,
        **room,
        template=TemplateSource(layout="grid"),
        outputs=[Output(file=FileOutput(filepath="a.mp4"))],
        storage=S3,
    )
    stream = [StreamOutput(protocol=1, urls=["rtmp://x.example/1"])]
    composite = await call(api.start_room_composite_egress, **room, stream_outputs=stream)
    await call(api.start_web_egress, url="https://example.com", file_outputs=[MP4])
    await call(api.start_participant_egress, **room, identity="ann", file_outputs=[MP4])
    await call(
        api.start_track_composite_egress, **room, audio_track_id=track.sid, file_outputs=[MP4]
    )
    direct = DirectFileOutput(filepath="t", s3=S3Upload(bucket="b"))
    await call(api.start_track_egress, **room, track_id=track.sid, file=direct)
    assert len(await face.items(api.iter_egress(active=True))) == 6
    world.clock.advance(2)
    ready = await call(api.wait_egress, composite.egress_id, until=EgressStatus.EGRESS_ACTIVE)
    assert ready.status == EgressStatus.EGRESS_ACTIVE
    await call(api.update_layout, egress_id=composite.egress_id, layout="speaker")
    more = ["rtmp://y.example/2"]
    await call(api.update_stream, egress_id=composite.egress_id, add_output_urls=more)
    await call(api.stop_egress, egress_id=made.egress_id)
    world.clock.advance(2)
    ended = await call(api.wait_egress, made.egress_id)
    assert (ended.is_terminal, ended.succeeded) == (True, True)
    again = await call(api.stop_egress, egress_id=made.egress_id, ended_ok=True)
    assert again.status == ended.status
    with pytest.raises(lkapi.NotFoundError):
        await call(api.get_egress, "EG_unknown")
    assert await call(api.stop_egress, egress_id="EG_unknown", missing_ok=True) is None


async def ingresses(face: Face, world: World) -> None:
    """An ingress is made, found, changed, deleted."""
    api, call = face.api.ingress, face.call
    made = await call(
        api.create_ingress,
        input_type=IngressInput.RTMP_INPUT,
        room_name="demo",
        participant_identity="ann",
    )
    assert made.stream_key not in repr(made)
    assert (await call(api.get_ingress, made.ingress_id)).url == made.url
    changed = await call(api.update_ingress, ingress_id=made.ingress_id, name="n")
    assert changed.name == "n"
    found = await face.items(api.iter_ingress(room_name="demo"))
    assert [info.ingress_id for info in found] == [made.ingress_id]
    await call(api.delete_ingress, ingress_id=made.ingress_id)
    assert await call(api.delete_ingress, ingress_id=made.ingress_id, missing_ok=True) is None


async def trunks(face: Face, world: World) -> None:
    """Trunks of both kinds: made, found, changed, emptied, replaced, deleted."""
    api, call = face.api.sip, face.call
    inbound = await call(
        api.create_inbound_trunk,
        trunk=SIPInboundTrunkInfo(name="in", numbers=["+1"], allowed_numbers=["+2"]),
    )
    outbound = await call(
        api.create_outbound_trunk,
        trunk=SIPOutboundTrunkInfo(name="out", address="sip.example.com", numbers=["+1"]),
    )
    in_id, out_id = inbound.sip_trunk_id, outbound.sip_trunk_id
    assert (await call(api.get_inbound_trunk, in_id)).name == "in"
    assert (await call(api.get_outbound_trunk, out_id)).address == "sip.example.com"
    changed = await call(
        api.update_inbound_trunk_fields,
        in_id,
        numbers=ListUpdate(add=["+3"]),
        allowed_numbers=[],
        auth_realm="r",
    )
    assert (changed.numbers, changed.allowed_numbers) == (["+1", "+3"], [])
    moved = await call(api.update_outbound_trunk_fields, out_id, from_host="example.com")
    assert moved.from_host == "example.com"
    replaced = await call(
        api.update_outbound_trunk, out_id, SIPOutboundTrunkInfo(address="h", numbers=["+9"])
    )
    assert (replaced.sip_trunk_id, replaced.name) == (out_id, "")
    listed = await call(api.list_inbound_trunk, trunk_ids=[in_id, "ST_unknown"])
    assert [trunk.sip_trunk_id for trunk in listed.items] == [in_id]
    found = await face.items(api.iter_outbound_trunk())
    assert [trunk.sip_trunk_id for trunk in found] == [out_id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert len((await call(api.list_trunk)).items) == 2
    await call(api.delete_trunk, sip_trunk_id=in_id)
    with pytest.raises(lkapi.NotFoundError):
        await call(api.get_inbound_trunk, in_id)


async def calls(face: Face, world: World) -> None:
    """Rules let callers in, numbers are called, calls handed on; busy is busy."""
    api, call = face.api.sip, face.call
    rule = SIPDispatchRule(dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix="call-"))
    made = await call(api.create_dispatch_rule, dispatch_rule=SIPDispatchRuleInfo(rule=rule))
    rule_id = made.sip_dispatch_rule_id
    changed = await call(api.update_dispatch_rule_fields, rule_id, attributes={"a": "1"})
    assert changed.attributes == {"a": "1"}
    replaced = await call(
        api.update_dispatch_rule, rule_id, SIPDispatchRuleInfo(rule=rule, name="n")
    )
    assert (replaced.name, replaced.attributes) == ("n", {})
    assert len(await face.items(api.iter_dispatch_rule())) == 1
    await call(api.delete_dispatch_rule, sip_dispatch_rule_id=rule_id)
    trunk = await call(
        api.create_outbound_trunk, trunk=SIPOutboundTrunkInfo(address="h", numbers=["+1"])
    )
    dial = {"trunk_id": trunk.sip_trunk_id, "room_name": "demo", "wait_until_answered": True}
    called = await call(api.create_sip_participant, sip_call_to="+15105550100", **dial)
    await call(
        api.transfer_sip_participant,
        room_name="demo",
        participant_identity=called.participant_identity,
        transfer_to="tel:+15105550101",
    )
    world.callees.busy("+15105550102")
    with pytest.raises(lkapi.SIPCallError) as caught:
        await call(api.create_sip_participant, sip_call_to="+15105550102", **dial)
    assert caught.value.busy


async def cloud(face: Face, world: World) -> None:
    """Numbers and connectors of LiveKit Cloud."""
    api, call = face.api.phone_number, face.call
    found = await call(api.search_phone_numbers, country_code="US")
    number = found.items[0].e164_format
    bought = await call(api.purchase_phone_number, phone_numbers=[number])
    kept = await call(api.get_phone_number, id=bought.phone_numbers[0].id)
    assert kept.e164_format == number
    await call(api.update_phone_number, id=kept.id, name="n")
    assert len(await face.items(api.iter_phone_numbers())) == 1
    await call(api.release_phone_numbers, ids=[kept.id])
    connector = face.api.connector
    offer = SessionDescription(type="offer", sdp="v=0")
    business = {"whatsapp_phone_number_id": "1", "whatsapp_api_key": "K", "room_name": "demo"}
    dialled = await call(
        connector.dial_whatsapp_call,
        whatsapp_to_phone_number="+1",
        whatsapp_cloud_api_version="23.0",
        **business,
    )
    answer = SessionDescription(type="answer", sdp="v=0")
    call_id = dialled.whatsapp_call_id
    await call(connector.connect_whatsapp_call, whatsapp_call_id=call_id, sdp=answer)
    await call(
        connector.accept_whatsapp_call,
        whatsapp_call_id="W_1",
        whatsapp_cloud_api_version="23.0",
        sdp=offer,
        **business,
    )
    await call(connector.disconnect_whatsapp_call, whatsapp_call_id=call_id, whatsapp_api_key="K")
    assert (await call(connector.connect_twilio_call, room_name="demo")).connect_url


async def analytics(face: Face, world: World) -> None:
    """What happened in a room can be read afterwards."""
    api, call = face.api.analytics, face.call
    join(world, "ann").publish("mic")
    await call(face.api.room.delete_room, room="demo")
    (session,) = await face.items(api.iter_sessions(project_id="p_1"))
    assert (session.room_name, session.num_participants) == ("demo", 1)
    details = await call(api.get_session, session.session_id, project_id="p_1")
    assert [person.participant_identity for person in details.participants] == ["ann"]


STORIES: tuple[Story, ...] = (
    rooms,
    dispatches,
    recordings,
    ingresses,
    trunks,
    calls,
    cloud,
    analytics,
)


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_story(story: Story, encoding: str, kind: str, world: World) -> None:
    """Each story goes well."""
    await story(make_face(kind, Wire(world, encoding), "http://localhost:7880"), world)


@pytest.mark.parametrize("case", [case for case in CASES if is_unserved(case.row)], ids=str)
async def test_left_out(case: Any, kind: str, world: World) -> None:
    """What the embedded server cannot do, it says; it never pretends."""
    face = make_face(kind, Wire(world, "protobuf"), "http://localhost:7880")
    with pytest.raises(lkapi.UnimplementedError):
        await face.call(
            getattr(getattr(face.api, case.service), case.method), *case.args, **case.fields
        )


async def test_the_stories_leave_no_method_out(kind: str) -> None:
    """Every row that is served succeeds in them; the others are said to be unimplemented."""
    done: set[str] = set()
    for story in STORIES:
        world = World("cloud", keys={KEY: SECRET}, clock=VirtualClock(time.time()))
        wire = Wire(world, "protobuf")
        await story(make_face(kind, wire, "http://localhost:7880"), world)
        done |= wire.done
    wanted = {str(row) for row in all_methods() if not is_unserved(row)}
    missing = ", ".join(sorted(wanted - done))
    assert not missing, f"no story of tests/services/test_on_embedded_server.py calls {missing}"
    assert done == wanted
