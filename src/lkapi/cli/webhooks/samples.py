"""Events to send, with the bodies that a server would give them.

The embedded server plays a short story of a room; the event is taken from its events.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, cast

from lkapi.auth import AccessToken, VideoGrants
from lkapi.devserver.runtime.clock import VirtualClock
from lkapi.devserver.runtime.ids import Ids
from lkapi.devserver.world import World
from lkapi.protocol.agent import Job, JobState, JobStatus, JobType
from lkapi.protocol.egress import EncodedFileOutput, RoomCompositeEgressRequest
from lkapi.protocol.ingress import IngressInfo, IngressInput, IngressState
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lkapi.devserver.rooms.participants import SimulatedParticipant

__all__ = ["merge_event", "sample_event"]

_KEY: Final = "sample"
_SECRET: Final = "sample-world-of-one-process"  # noqa: S105 - signs inside this process only


def sample_event(
    name: str,
    *,
    room: str = "demo",
    identity: str = "ann",
    clock: Callable[[], float] = time.time,
    ids: Ids | None = None,
) -> WebhookEvent:
    """An event of a known name, as it would be sent now.

    Args:
        name: one of ``lkapi.webhook.EVENT_NAMES``; any other name gives an event with room and
            participant.
        room: name of the room.
        identity: of the participant.
        clock: returns the current unix time.
        ids: source of ids; random by default.
    """
    now = clock()
    world = World(
        "self-hosted", keys={_KEY: _SECRET}, clock=VirtualClock(now - 120), ids=ids or Ids()
    )
    story = _Story(world, room, identity)
    story.play()
    told = [event for event in story.events if event.event == name and story.is_about(event)]
    event = told[-1] if told else story.about_job(name)
    event.created_at = int(now)
    event.id = event.id or world.ids.make("EV_")
    return event


class _Story:
    """A room in which a participant publishes, is recorded, and leaves."""

    def __init__(self, world: World, room: str, identity: str) -> None:
        self.events: list[WebhookEvent] = []
        self._world = world
        self._room = room
        self._identity = identity
        world.events.listen(lambda event: self.events.append(event.copy()))

    def play(self) -> None:
        """Play from the opening of the room to its end, two minutes later."""
        world = self._world
        world.create_room(CreateRoomRequest(name=self._room))
        participant = self._join(self._identity)
        track = participant.publish("microphone", mime_type="audio/opus")
        self._record()
        self._ingest()
        participant.unpublish(track.sid)
        participant.leave()
        self._join(self._identity, active=False).leave()
        world.close_room(self._room)

    def is_about(self, event: WebhookEvent) -> bool:
        """Whether it is about the room or the participant, and not about an encoder."""
        return event.participant is None or event.participant.identity == self._identity

    def about_job(self, name: str) -> WebhookEvent:
        """An event about a job, which the story does not have."""
        joined = next(event for event in self.events if event.event == "participant_joined")
        ended = name == "agent_job_ended"
        now = self._world.clock.now() * 1e9
        state = JobState(
            status=JobStatus.JS_SUCCESS if ended else JobStatus.JS_RUNNING,
            started_at=int(now - 30e9),
            ended_at=int(now) if ended else 0,
            participant_identity=f"agent-{self._world.ids.make('AJ_')}",
        )
        job = Job(
            id=self._world.ids.make("AJ_"),
            dispatch_id=self._world.ids.make("AD_"),
            type=JobType.JT_ROOM,
            room=joined.room,
            agent_name="assistant",
            state=state,
        )
        return WebhookEvent(event=name, room=joined.room, job=job)

    def _join(self, identity: str, *, active: bool = True) -> SimulatedParticipant:
        token = AccessToken(_KEY, _SECRET, clock=self._world.clock.now).with_identity(identity)
        grants = VideoGrants(room_join=True, room=self._room)
        joined = self._world.join(token.with_grants(grants).to_jwt(), active=active)
        self._world.clock.advance(1)
        return joined

    def _record(self) -> None:
        world = self._world
        world.egresses.starts_after = world.egresses.ends_after = None
        output = EncodedFileOutput(filepath=f"{self._room}.mp4")
        request = RoomCompositeEgressRequest(room_name=self._room, file_outputs=[output])
        started = world.egresses.start("room_composite", request, world.find_room(self._room))
        world.clock.advance(1)
        world.egresses.activate(started.egress_id)
        world.clock.advance(90)
        world.egresses.complete(started.egress_id)

    def _ingest(self) -> None:
        ingress = IngressInfo(
            ingress_id=self._world.ids.make("IN_"),
            name="encoder",
            input_type=IngressInput.RTMP_INPUT,
            room_name=self._room,
            participant_identity=f"{self._identity}-stream",
            state=IngressState(),
        )
        self._world.ingresses.add(ingress)
        self._world.ingresses.start(ingress.ingress_id)
        self._world.clock.advance(20)
        self._world.ingresses.end(ingress.ingress_id)


def merge_event(event: WebhookEvent, changes: Mapping[str, Any]) -> WebhookEvent:
    """An event with some members replaced, nested objects member by member.

    Args:
        event: the event.
        changes: ProtoJSON in either spelling, unknown members refused.

    Raises:
        DecodeError: the changes do not fit an event.
    """
    normal = WebhookEvent.from_dict(changes, strict=True).to_dict()
    return WebhookEvent.from_dict(_merged(event.to_dict(), normal))


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, value in new.items():
        before: object = merged.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[name] = _merged(cast("dict[str, Any]", before), cast("dict[str, Any]", value))
        else:
            merged[name] = value
    return merged
