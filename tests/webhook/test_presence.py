"""Who is in a room, however the events arrive."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from lkapi.protocol.models import ParticipantInfo, Room
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import PresenceTracker, is_newer

ROOM = Room(sid="RM_1", name="demo")


def ann(sid: str, at: int) -> ParticipantInfo:
    return ParticipantInfo(sid=sid, identity="ann", joined_at=at)


def event(name: str, participant: ParticipantInfo | None = None, room: Room = ROOM) -> WebhookEvent:
    return WebhookEvent(event=name, room=room, participant=participant)


def test_joining_and_leaving() -> None:
    """The plain course of things."""
    tracker = PresenceTracker()
    assert tracker.apply(event("participant_joined", ann("PA_1", 10))) == "joined"
    assert tracker.identities("demo") == ["ann"]
    assert tracker.apply(event("participant_left", ann("PA_1", 10))) == "left"
    assert tracker.identities("demo") == []


def test_others_stay() -> None:
    """One leaves, the other is still there."""
    tracker = PresenceTracker()
    bob = ParticipantInfo(sid="PA_9", identity="bob", joined_at=5)
    for participant in (ann("PA_1", 10), bob):
        tracker.apply(event("participant_joined", participant))
    assert tracker.identities("demo") == ["ann", "bob"]
    assert tracker.apply(event("participant_connection_aborted", ann("PA_1", 10))) == "left"
    assert tracker.identities("demo") == ["bob"]


@pytest.mark.parametrize(("old", "new"), [("PA_1", "PA_2"), ("PA_2", "PA_1")])
@pytest.mark.parametrize("later", [10, 0])
def test_a_late_leaving_of_an_old_session_changes_nothing(old: str, new: str, later: int) -> None:
    """After a reconnect, perhaps in the same second, the leaving of the old sid is not hers."""
    tracker = PresenceTracker()
    tracker.apply(event("participant_joined", ann(old, 10)))
    assert tracker.apply(event("participant_joined", ann(new, 10 + later))) == "replaced"
    assert tracker.apply(event("participant_left", ann(old, 10))) is None
    assert tracker.identities("demo") == ["ann"]
    assert tracker.apply(event("participant_left", ann(new, 10 + later))) == "left"


def test_a_late_joining_changes_nothing() -> None:
    """A joining that comes after its leaving, after a newer one, or twice, is told apart."""
    tracker = PresenceTracker()
    assert tracker.apply(event("participant_left", ann("PA_1", 10))) is None
    assert tracker.apply(event("participant_joined", ann("PA_1", 10))) is None
    assert tracker.apply(event("participant_joined", ann("PA_3", 30))) == "joined"
    assert tracker.apply(event("participant_joined", ann("PA_2", 20))) is None
    assert tracker.apply(event("participant_joined", ann("PA_3", 30))) is None
    assert tracker.identities("demo") == ["ann"]


def test_the_end_of_a_room() -> None:
    """A finished room is empty; its late joinings, and the end itself again, change nothing."""
    tracker = PresenceTracker()
    tracker.apply(event("participant_joined", ann("PA_1", 10)))
    assert tracker.apply(event("room_finished")) == "room_ended"
    assert tracker.apply(event("room_finished")) is None
    assert tracker.identities("demo") == []
    assert tracker.apply(event("participant_joined", ann("PA_2", 20))) is None


@pytest.mark.parametrize("sid", ["RM_0", "RM_2"])
def test_a_late_end_spares_the_next_room_of_the_name(sid: str) -> None:
    """Rooms of one name follow each other; the end of the first is not the end of the second."""
    tracker = PresenceTracker()
    second = Room(sid=sid, name="demo")
    tracker.apply(event("participant_joined", ann("PA_2", 20), second))
    assert tracker.apply(event("room_finished")) == "room_ended"
    assert tracker.identities("demo") == ["ann"]


def test_other_events_do_not_matter() -> None:
    """Tracks, unknown names, and events without room or participant are passed over."""
    tracker = PresenceTracker()
    for other in (
        WebhookEvent(event="egress_started"),
        event("participant_joined"),
        event("track_published", ann("PA_1", 1)),
    ):
        assert tracker.apply(other) is None


def test_what_is_remembered_is_bounded() -> None:
    """Only so many ended sids are kept."""
    tracker = PresenceTracker(max_ended=2)
    for number in range(5):
        tracker.apply(event("participant_left", ann(f"PA_{number}", number)))
    for number in (3, 4):
        assert tracker.apply(event("participant_joined", ann(f"PA_{number}", number))) is None
    assert tracker.apply(event("participant_joined", ann("PA_0", 0))) == "joined"


def test_newer_sessions() -> None:
    """Milliseconds count where the server sends them, else seconds."""
    for one, other in (("PA_2", "PA_1"), ("PA_1", "PA_2")):
        assert is_newer(ann(one, 11), ann(other, 10))
        assert not is_newer(ann(one, 10), ann(other, 10))
        assert not is_newer(ann(one, 9), ann(other, 10))
        in_ms = ParticipantInfo(sid=one, identity="ann", joined_at_ms=10_000)
        assert not is_newer(in_ms, ann(other, 10))
        assert not is_newer(ann(other, 10), in_ms)
    assert not is_newer(ann("PA_1", 11), ann("PA_1", 10))
    precise = ParticipantInfo(sid="PA_3", identity="ann", joined_at=10, joined_at_ms=10_500)
    assert is_newer(precise, ann("PA_1", 10))


@settings(deadline=None)
@given(
    st.permutations([("participant_joined", 1), ("participant_left", 1), ("participant_joined", 2)])
)
def test_any_order_gives_the_same_end(order: list[tuple[str, int]]) -> None:
    """Joined, left and joined again: in whatever order it is told, she is there."""
    tracker = PresenceTracker()
    for name, session in order:
        tracker.apply(event(name, ann(f"PA_{session}", session * 10)))
    assert tracker.identities("demo") == ["ann"]
