"""Whatever a receiver answers, the rules of delivery hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from hypothesis import given, settings, strategies as st

from lkapi.protocol.models import Room
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import WebhookSender, WebhookTarget

TARGET = WebhookTarget("http://app/hook", "devkey", "not-a-real-secret-0123456789abcdef")
ANSWERS = st.sampled_from([200, 204, 301, 404, 429, 500, 501, 503, None])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from("abc"), max_size=12),
    st.lists(ANSWERS, max_size=40),
    st.lists(st.floats(0, 8), max_size=12),
)
def test_order_attempts_and_bytes(
    rooms: list[str], answers: list[int | None], pauses: list[float]
) -> None:
    """Order holds for each room, at most five attempts each, and each attempt is the same bytes."""
    now = [0.0]
    sent: dict[str, list[str]] = defaultdict(list)
    forms: dict[str, set[tuple[str, bytes]]] = defaultdict(set)
    attempts: Counter[str] = Counter()
    todo = list(answers)

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        event = WebhookEvent.from_json(body)
        assert event.room is not None
        sent[event.room.name].append(event.id)
        forms[event.id].add((headers["Authorization"], body))
        attempts[event.id] += 1
        answer = todo.pop(0) if todo else 200
        if answer is None:
            raise OSError("no answer")
        return answer

    def sleep(seconds: float) -> None:
        assert seconds > 0
        now[0] += seconds

    sender = WebhookSender(TARGET, post, clock=lambda: now[0], sleep=sleep)
    for number, room in enumerate(rooms):
        sender.send(WebhookEvent(event="room_started", id=f"{number:02}", room=Room(name=room)))
        now[0] += pauses[number] if number < len(pauses) else 0.0
    sender.flush()
    assert sender.pending == 0
    assert all(ids == sorted(ids) for ids in sent.values())
    assert all(count <= 5 for count in attempts.values())
    assert all(len(form) == 1 for form in forms.values())
    assert len(attempts) + sender.dropped >= len(rooms)
