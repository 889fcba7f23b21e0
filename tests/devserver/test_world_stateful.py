"""Random sequences of calls and happenings: whatever comes, the world's accounts stay in order."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from lkapi.devserver import JoinRefused, SimulatedParticipant
from lkapi.errors import APIError
from lkapi.protocol.models import TrackSource
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook.outbox import resource_of
from tests.devserver.furnished import FILE, OUTBOUND
from tests.devserver.inboxes import URL, Inbox
from tests.devserver.service_calls import ServiceServer

ROOMS = st.sampled_from(["red", "green", "blue"])
PEOPLE = st.sampled_from(["ann", "bob", "cem", "dee"])
NUMBERS = st.sampled_from(["+14155550100", "+14155550101", "+14155550102", "+14155550103"])
PAIRS = {
    "room_started": "room_finished",
    "participant_joined": "participant_left",
    "track_published": "track_unpublished",
    "egress_started": "egress_ended",
    "ingress_started": "ingress_ended",
}
"""The event that begins something, and the one that ends it."""
ENDS = {end: start for start, end in PAIRS.items()}
MAY_COME_LATER = ("room_started", "room_finished", "egress_updated", "egress_ended")
"""Events for which no open room is looked for: a recorder still has to upload its file."""


def subject(event: WebhookEvent) -> tuple[str, ...]:
    """Which room, stay, track, egress or ingress an event is about."""
    name, room = event.event, event.room.sid if event.room else ""
    if name.startswith("egress"):
        return ("egress", event.egress_info.egress_id if event.egress_info else "")
    if name.startswith("ingress"):
        state = event.ingress_info.state if event.ingress_info else None
        return ("ingress", state.resource_id if state else "")
    if name.startswith("track"):
        return ("track", event.track.sid if event.track else "")
    if name.startswith("participant"):
        return ("stay", room, event.participant.sid if event.participant else "")
    return ("room", room)


class Worlds(RuleBasedStateMachine):
    """A world on a virtual clock, and everything that can happen in it."""

    people = Bundle("people")
    egresses = Bundle("egresses")
    ingresses = Bundle("ingresses")

    def __init__(self) -> None:
        super().__init__()
        self.server = ServiceServer("cloud")
        self.world = self.server.world
        self.inbox = Inbox()
        self.hooks = self.world.events.deliver_to(self.inbox.post, URL)
        self.told = 0
        trunk = self.server.get("SIP/CreateSIPOutboundTrunk", {"trunk": OUTBOUND})
        self.trunk = trunk["sip_trunk_id"]
        direct = {"dispatch_rule_direct": {"room_name": "red"}}
        self.server.get("SIP/CreateSIPDispatchRule", {"dispatch_rule": {"rule": direct}})
        self.world.callees.answers("+14155550101", after=3)
        self.world.callees.declines("+14155550102", after=2)
        self.world.callees.no_answer("+14155550103")

    def teardown(self) -> None:
        """A day later nothing is open, and everything that began has ended."""
        for egress in self.world.egresses.all():
            self.server.ask("Egress/StopEgress", {"egress_id": egress.egress_id})
        for name in list(self.world.rooms):
            self.server.call("DeleteRoom", {"room": name})
        self.server.clock.advance(86_400)
        started = {subject(e) for e in self.world.events.all() if e.event in PAIRS}
        ended = {subject(e) for e in self.world.events.all() if e.event in ENDS}
        assert started == ended
        self.hooks.close()

    # calls of the API

    @rule(room=ROOMS, limit=st.sampled_from([0, 0, 0, 2]), timeout=st.sampled_from([0, 5]))
    def create_room(self, room: str, limit: int, timeout: int) -> None:
        body = {"name": room, "max_participants": limit, "departure_timeout": timeout}
        assert self.server.get("RoomService/CreateRoom", body)["name"] == room

    @rule(room=ROOMS)
    def delete_room(self, room: str) -> None:
        there = room in self.world.rooms
        status = self.server.call("DeleteRoom", {"room": room})[0]
        assert status == (200 if there else 404)

    @rule(room=ROOMS, identity=PEOPLE)
    def remove_participant(self, room: str, identity: str) -> None:
        there = self.world.find_participant(room, identity) is not None
        status = self.server.call("RemoveParticipant", {"room": room, "identity": identity})[0]
        assert (status == 200) is there

    @rule(room=ROOMS, identity=PEOPLE, to=ROOMS, forward=st.booleans())
    def move_participant(self, room: str, identity: str, to: str, forward: bool) -> None:
        method = "RoomService/ForwardParticipant" if forward else "RoomService/MoveParticipant"
        body = {"room": room, "identity": identity, "destination_room": to}
        there = self.world.find_participant(room, identity) is not None
        status, answer = self.server.ask(method, body)
        assert status in ((200,) if there and room != to else (400, 404, 503, 412)), answer

    @rule(person=people, text=st.sampled_from(["", "m"]))
    def update_participant(self, person: SimulatedParticipant, text: str) -> None:
        body = {"room": person.room_name, "identity": person.identity, "metadata": text}
        self.server.call("UpdateParticipant", body)

    @rule(number=NUMBERS, room=ROOMS, identity=PEOPLE, wait=st.booleans())
    def dial(self, number: str, room: str, identity: str, wait: bool) -> None:
        body = {
            "sip_trunk_id": self.trunk,
            "sip_call_to": number,
            "room_name": room,
            "participant_identity": identity,
            "wait_until_answered": wait,
            "ringing_timeout": "20s",
        }
        status, _ = self.server.ask("SIP/CreateSIPParticipant", body)
        assert status in (200, 403, 408, 412)

    @rule(number=NUMBERS, index=st.integers(0, 9))
    def transfer(self, number: str, index: int) -> None:
        calls = self.world.calls.all()
        if not calls:
            return
        person = calls[index % len(calls)].participant
        body = {"room_name": person.room_name, "participant_identity": person.identity}
        status, _ = self.server.ask(
            "SIP/TransferSIPParticipant", {**body, "transfer_to": f"tel:{number}"}
        )
        assert status in (200, 400, 403, 404, 408)

    @rule(target=egresses, room=ROOMS)
    def start_egress(self, room: str) -> Any:
        body = {"room_name": room, "file_outputs": [FILE]}
        status, answer = self.server.ask("Egress/StartRoomCompositeEgress", body)
        assert (status == 200) is (room in self.world.rooms)
        return answer["egress_id"] if status == 200 else multiple()

    @rule(egress=egresses)
    def stop_egress(self, egress: str) -> None:
        running = self.world.egresses.find(egress)
        status = self.server.ask("Egress/StopEgress", {"egress_id": egress})[0]
        assert status in (200, 412)
        assert running is not None

    @rule(target=ingresses, room=ROOMS, identity=PEOPLE)
    def create_ingress(self, room: str, identity: str) -> Any:
        body = {"room_name": room, "participant_identity": identity}
        return self.server.get("Ingress/CreateIngress", body)["ingress_id"]

    @rule(ingress=ingresses)
    def delete_ingress(self, ingress: str) -> None:
        assert self.server.ask("Ingress/DeleteIngress", {"ingress_id": ingress})[0] in (200, 404)

    # happenings

    @rule(target=people, room=ROOMS, identity=PEOPLE, active=st.booleans())
    def join(self, room: str, identity: str, active: bool) -> Any:
        try:
            return self.server.join(identity, room, active=active)
        except JoinRefused as refused:
            return self.take_refusal(refused.status)

    @rule(person=people)
    def bring_media_up(self, person: SimulatedParticipant) -> None:
        person.activate()

    @rule(person=people)
    def leave(self, person: SimulatedParticipant) -> None:
        person.leave()
        assert not person.connected

    @rule(person=people, source=st.sampled_from([TrackSource.CAMERA, TrackSource.MICROPHONE]))
    def publish(self, person: SimulatedParticipant, source: TrackSource) -> None:
        try:
            person.publish("t", source=source)
        except APIError:
            assert not person.connected

    @rule(person=people)
    def unpublish(self, person: SimulatedParticipant) -> None:
        for track in person.tracks[:1]:
            person.unpublish(track.sid)

    @rule(ingress=ingresses)
    def encoder_connects(self, ingress: str) -> None:
        if self.world.ingresses.find(ingress) is not None:
            try:
                self.world.ingresses.start(ingress)
            except APIError as error:
                self.take_refusal(error.code)

    @rule(ingress=ingresses)
    def encoder_disconnects(self, ingress: str) -> None:
        if self.world.ingresses.find(ingress) is not None:
            self.world.ingresses.end(ingress)

    @rule(index=st.integers(0, 9))
    def far_end_hangs_up(self, index: int) -> None:
        calls = self.world.calls.all()
        if calls:
            self.world.calls.hang_up(calls[index % len(calls)].call_id)

    @rule(caller=NUMBERS)
    def phone_rings(self, caller: str) -> None:
        try:
            taken = self.world.calls.take(caller, "+14155550111")
        except APIError as error:
            self.take_refusal(error.code)
        else:
            assert taken.active

    @rule(seconds=st.sampled_from([0.3, 1, 4, 25, 400]))
    def time_passes(self, seconds: float) -> None:
        self.server.clock.advance(seconds)

    def take_refusal(self, why: int | str) -> Any:
        """The one thing for which somebody is not let in: the room is full."""
        assert why in (500, "failed_precondition")
        assert any(room.info.max_participants for room in self.world.rooms.values())
        return multiple()

    # what always holds

    @invariant()
    def lists_agree_with_each_other(self) -> None:
        listed = self.server.get("RoomService/ListRooms")["rooms"]
        assert {room["name"] for room in listed} == set(self.world.rooms)
        for room in listed:
            body = {"room": room["name"]}
            there = self.server.get("RoomService/ListParticipants", body)["participants"]
            for one in there:
                named = {**body, "identity": one["identity"]}
                assert self.server.get("RoomService/GetParticipant", named) == one
            state = self.world.rooms[room["name"]]
            counted = [p for p in state.participants.values() if not p.dependent]
            assert room["num_participants"] == len(counted)
            assert room["num_publishers"] == sum(one["is_publisher"] for one in there)
            assert len(there) == len(state.participants)
            recorders = any(one["permission"]["recorder"] for one in there)
            assert room["active_recording"] is recorders

    @invariant()
    def nothing_is_left_behind(self) -> None:
        here = {
            id(person): room
            for room in self.world.rooms.values()
            for person in room.participants.values()
        }
        for room in self.world.rooms.values():
            for identity, person in room.participants.items():
                assert person.connected
                assert (person.identity, person.room_name) == (identity, room.name)
        for call in self.world.calls.all():
            assert call.participant.connected is (id(call.participant) in here)
            assert call.status == "hangup" or call.participant.connected or not call.active
        for info in self.world.egresses.all():
            recording = self.world.egresses.find(info.egress_id)
            if recording is not None and not recording.running and recording.recorder:
                assert not recording.recorder.connected

    @invariant()
    def check_events(self) -> None:
        events = self.world.events.all()
        assert max(Counter(event.id for event in events).values(), default=1) == 1
        begun: dict[tuple[str, ...], str] = {}
        for event in events:
            name, about = event.event, subject(event)
            if name in PAIRS:
                assert about not in begun, f"{about} began twice"
                begun[about] = name
            elif name in ENDS:
                assert begun.get(about) == ENDS[name], f"{about} ended, but did not run"
                begun[about] = name
            elif name == "participant_connection_aborted":
                assert about not in begun, "one who joined does not abort"
                begun[about] = name
            elif name == "egress_updated":
                assert begun.get(about) == "egress_started"
            if event.room is not None and event.room.sid and name not in MAY_COME_LATER:
                assert begun.get(("room", event.room.sid)) == "room_started", f"{name} elsewhere"
        self._check_open(begun)

    def _check_open(self, begun: dict[tuple[str, ...], str]) -> None:
        """What has begun and not ended is there, and nothing else is."""
        open_now = {about for about, name in begun.items() if name in PAIRS}
        rooms = self.world.rooms.values()
        assert {about for about in open_now if about[0] == "room"} == {
            ("room", room.info.sid) for room in rooms
        }
        people = [(room, person) for room in rooms for person in room.participants.values()]
        assert {about for about in open_now if about[0] == "stay"} == {
            ("stay", room.info.sid, person.sid) for room, person in people if person.active
        }
        tracks = Counter(track.sid for _, person in people for track in person.tracks)
        assert {about[1] for about in open_now if about[0] == "track"} == set(tracks)
        running = [info for info in self.world.egresses.all() if info.ended_at == 0]
        assert {about[1] for about in open_now if about[0] == "egress"} == {
            info.egress_id for info in running
        }

    @invariant()
    def webhooks_come_in_order(self) -> None:
        """Each event once; those of one room, egress or ingress in the order in which they were."""
        happened = self.world.events.all()[self.told :]
        self.told += len(happened)
        self.hooks.flush()
        bodies = self.inbox.bodies()
        self.inbox.posts.clear()
        order = {event.id: place for place, event in enumerate(happened)}
        assert sorted(body["id"] for body in bodies) == sorted(order)
        latest: dict[str, int] = {}
        for event in map(WebhookEvent.from_dict, bodies):
            resource = resource_of(event)
            assert latest.get(resource, -1) < order[event.id]
            latest[resource] = order[event.id]


TestWorlds = Worlds.TestCase
TestWorlds.settings = settings(
    max_examples=50,
    phases=[Phase.generate],  # the steps are in the report: shrinking takes minutes
    stateful_step_count=25,
    report_multiple_bugs=False,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
