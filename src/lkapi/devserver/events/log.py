"""What happened in a world, as webhooks tell it (recorded behaviours 54 to 56)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lkapi.protocol.models import ParticipantInfo, Room, TrackInfo
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from lkapi.devserver.events.webhooks import Webhooks
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.devserver.runtime.webhook_settings import WebhookPlace
    from lkapi.devserver.world import World
    from lkapi.webhook import DeliveryRules
    from lkapi.webhook.sender import AsyncPost, Post

__all__ = ["EventLog", "Listener"]

Listener = Callable[[WebhookEvent], None]

_KEPT: Final = 10_000
_NOWHERE: Final = "http://localhost/livekit/webhook"


class EventLog:
    """The events of a world, oldest first, and those who listen to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._log: deque[WebhookEvent] = deque(maxlen=_KEPT)
        self._listeners: list[Listener] = []
        self._untold: deque[WebhookEvent] = deque()
        self._telling = False

    def all(self) -> list[WebhookEvent]:
        """Every event so far; the last ten thousand are kept."""
        with self._world.lock:
            self._world.settle()
            return list(self._log)

    def names(self) -> list[str]:
        """Just the names, such as ``room_started``."""
        return [event.event for event in self.all()]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Be called with each event, in order, while the world is locked; the answer ends it.

        Do no slow work in a listener: put the event on a queue.
        """
        with self._world.lock:
            self._listeners.append(listener)
        return lambda: self._forget(listener)

    def deliver_to(
        self,
        receiver: Post | AsyncPost,
        *places: WebhookPlace,
        api_key: str = "",
        rules: DeliveryRules | None = None,
    ) -> Webhooks:
        """Hand each event to a function as the signed request that LiveKit would post.

        No sockets, no threads: the function is called by ``flush`` or ``aflush`` of the answer.

        Args:
            receiver: given URL, headers and body it answers the status; it may be a coroutine
                function.
            places: the URLs to post to; those of the configuration by default, or one made up.
            api_key: as for ``Webhooks``.
            rules: as for ``Webhooks``.
        """
        from lkapi.devserver.events.webhooks import Webhooks

        where = places or self._world.config.webhooks or (_NOWHERE,)
        return Webhooks(self._world, where, api_key=api_key, post=receiver, rules=rules)

    def emit(self, event: WebhookEvent, *, at: float | None = None) -> None:
        """Add an event, giving it an id and the time."""
        event.id = self._world.ids.make("EV_")
        event.created_at = int(self._world.clock.now() if at is None else at)
        self._log.append(event)
        self._untold.append(event)
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        """Tell the listeners, in order, also what they cause while they listen."""
        self._telling = True
        try:
            while self._untold:
                event = self._untold.popleft()
                for listener in tuple(self._listeners):
                    listener(event)
        finally:
            self._telling = False

    def _forget(self, listener: Listener) -> None:
        with self._world.lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def room(self, name: str, room: RoomState, *, at: float | None = None) -> None:
        """An event of a room."""
        self.emit(WebhookEvent(event=name, room=self._world.show_room(room)), at=at)

    def participant(self, name: str, participant: SimulatedParticipant) -> None:
        """An event of a participant, with the whole room."""
        event = WebhookEvent(
            event=name,
            room=self._world.show_room(participant.room),
            participant=participant.info.copy(),
        )
        self.emit(event)

    def track(self, name: str, participant: SimulatedParticipant, track: TrackInfo) -> None:
        """An event of a track; room and participant are only named, as recorded."""
        room = participant.room.info
        event = WebhookEvent(
            event=name,
            room=Room(sid=room.sid, name=room.name),
            participant=ParticipantInfo(sid=participant.sid, identity=participant.identity),
            track=track.copy(),
        )
        self.emit(event)
