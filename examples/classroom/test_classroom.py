"""The tests of ``classroom.py``, with nothing but lkapi's pytest plugin."""

from __future__ import annotations

import pytest
from classroom import make_app
from fastapi.testclient import TestClient

import lkapi

TEACHER = {"X-User": "ms-frizzle"}


@pytest.fixture
def app(livekit_env, livekit_webhooks):
    """The application on the test's LiveKit server, which sends it webhooks."""
    with TestClient(make_app()) as client:
        livekit_webhooks.deliver_to(
            lambda url, headers, body: (
                client.post("/livekit/webhook", content=body, headers=headers).status_code
            )
        )
        yield client


@pytest.fixture
def lesson(app) -> str:
    """The path of a lesson with two seats."""
    booked = app.post("/lessons", params={"seats": 2}, headers=TEACHER)
    return f"/lessons/{booked.json()['lesson_id']}"


@pytest.fixture
def join(app, lesson, livekit_server):
    """Let a user come to the lesson with a token of the application."""

    def join(user: str):
        told = app.post(f"{lesson}/token", headers={"X-User": user})
        assert told.status_code == 201, told.text
        return livekit_server.join_with(told.json()["token"])

    return join


def test_the_teacher_publishes_and_students_listen(join):
    teacher, student = join("ms-frizzle"), join("arnold")
    assert dict(teacher.info.attributes) == {"role": "teacher"}
    assert teacher.publish("camera", source=lkapi.TrackSource.CAMERA).name == "camera"
    with pytest.raises(lkapi.PermissionDeniedError):
        student.publish("camera", source=lkapi.TrackSource.CAMERA)


def test_seats_are_limited(app, lesson, join):
    join("arnold")
    join("phoebe")
    assert app.post(f"{lesson}/token", headers={"X-User": "carlos"}).status_code == 409
    assert join("arnold").connected  # who has a seat may come back


def test_attendance(app, lesson, join, livekit_webhooks):
    join("ms-frizzle")
    join("phoebe")
    join("arnold").leave()
    livekit_webhooks.flush()
    assert app.get(lesson).json()["attended"] == ["arnold", "phoebe"]


def test_a_lesson_is_recorded(app, lesson, join, livekit_server, livekit_webhooks):
    join("ms-frizzle")
    assert app.post(f"{lesson}/recording", headers=TEACHER).status_code == 201
    livekit_server.clock.advance(45 * 60)
    assert app.post(f"{lesson}/recording", headers=TEACHER).status_code == 409
    assert app.delete(lesson, headers=TEACHER).status_code == 204
    livekit_server.clock.advance(5)
    livekit_webhooks.wait_for("egress_ended")
    (filename,) = app.get(lesson).json()["recordings"]
    assert filename.startswith("lesson-1-")


def test_a_recording_that_fails_is_not_shown(app, lesson, join, livekit_server, livekit_webhooks):
    join("ms-frizzle")
    egress_id = app.post(f"{lesson}/recording", headers=TEACHER).json()["egress_id"]
    livekit_server.world.egresses.fail(egress_id, "disk full")
    assert livekit_webhooks.wait_for("egress_ended").egress_info.error == "disk full"
    assert app.get(lesson).json()["recordings"] == []
    assert app.post(f"{lesson}/recording", headers=TEACHER).status_code == 201


def test_nothing_to_record(app, lesson):
    assert app.post(f"{lesson}/recording", headers=TEACHER).status_code == 409


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "connect"}])
def test_recording_while_livekit_is_down(app, lesson, join, livekit_server, fault):
    join("ms-frizzle")
    livekit_server.faults.fail(method="StartRoomCompositeEgress", **fault)
    assert app.post(f"{lesson}/recording", headers=TEACHER).status_code == 503
    livekit_server.faults.clear()
    assert app.post(f"{lesson}/recording", headers=TEACHER).status_code == 201


def test_only_the_teacher_ends_a_lesson(app, lesson, join, livekit_webhooks):
    student = join("arnold")
    assert app.delete(lesson, headers={"X-User": "arnold"}).status_code == 403
    assert app.delete(lesson, headers=TEACHER).status_code == 204
    assert student.disconnect_reason == lkapi.DisconnectReason.ROOM_DELETED
    livekit_webhooks.wait_for("room_finished")
    assert app.post(f"{lesson}/token", headers={"X-User": "arnold"}).status_code == 410


def test_a_lesson_that_everybody_left_is_over(app, lesson, join, livekit_server, livekit_webhooks):
    join("ms-frizzle").leave()
    livekit_server.clock.advance(60)
    livekit_webhooks.wait_for("room_finished")
    assert app.get(lesson).json()["over"] is True


def test_a_webhook_that_comes_twice_counts_once(app, lesson, join, livekit_webhooks):
    join("arnold")
    livekit_webhooks.flush()
    first = livekit_webhooks.deliveries[0]
    again = app.post("/livekit/webhook", content=first.body, headers=dict(first.headers))
    forged = app.post("/livekit/webhook", content=first.body + b" ", headers=dict(first.headers))
    assert (again.status_code, forged.status_code) == (204, 401)


def test_a_lesson_that_nobody_booked(app):
    assert app.get("/lessons/7").status_code == 404
    assert app.post("/lessons/7/token", headers=TEACHER).status_code == 404


def test_all_lessons_end_at_night(app, join, livekit_server):
    join("ms-frizzle")
    app.post("/lessons", headers=TEACHER)
    assert app.post("/night").json() == {"failed": 0}
    assert not livekit_server.world.rooms
