"""The tests of ``pipeline.py``, with nothing but lkapi's pytest plugin."""

from __future__ import annotations

import pytest
from pipeline import Pipeline, make_app

import lkapi

DAY = 86400


class Bin:
    """A storage that remembers what was deleted."""

    def __init__(self):
        self.deleted = []

    def delete(self, filename):
        self.deleted.append(filename)


@pytest.fixture
def pipeline(livekit_server, livekit_api_sync, tmp_path) -> Pipeline:
    return Pipeline(
        livekit_api_sync,
        Bin(),
        str(tmp_path / "recordings.sqlite3"),
        bucket=lkapi.S3Upload(bucket="takes"),
        prefix="lesson-",
        clock=livekit_server.clock.now,
    )


@pytest.fixture
def app(pipeline, livekit_env, livekit_webhooks):
    app = make_app(pipeline)
    livekit_webhooks.deliver_to_wsgi(app)
    return app.test_client()


def recordings(app, room="lesson-1"):
    return app.get(f"/recordings/{room}").get_json()


def test_a_room_is_recorded_to_its_end(app, livekit_server, livekit_webhooks):
    ann = livekit_server.join("ann", "lesson-1")
    livekit_webhooks.flush()
    assert recordings(app) == [{"state": "running", "files": []}]
    livekit_server.clock.advance(600)
    ann.leave()
    livekit_server.clock.advance(60)
    livekit_webhooks.wait_for("egress_ended")
    (recording,) = recordings(app)
    assert recording["state"] == "stored"
    assert recording["files"][0].startswith("lesson-1/")


def test_other_rooms_are_not(app, livekit_server, livekit_webhooks):
    livekit_server.join("ann", "coffee")
    livekit_webhooks.flush()
    assert recordings(app, "coffee") == []
    assert not livekit_server.world.egresses.all()


def test_a_recording_that_fails_is_tried_three_times(app, livekit_server, livekit_webhooks):
    livekit_server.join("ann", "lesson-1")
    for attempt in range(1, 4):
        livekit_webhooks.flush()
        assert len(recordings(app)) == attempt
        livekit_server.clock.advance(30)
        livekit_server.world.egresses.fail(
            livekit_server.world.egresses.all()[-1].egress_id, "disk full"
        )
    livekit_webhooks.flush()
    assert [recording["state"] for recording in recordings(app)] == ["failed"] * 3


def test_no_recorder_is_free_for_the_second_time(app, livekit_server, livekit_webhooks):
    """The end of the first is sent again until the second has begun."""
    livekit_server.join("ann", "lesson-1")
    livekit_webhooks.flush()
    livekit_server.clock.advance(30)
    livekit_server.faults.fail_once(method="StartRoomCompositeEgress", status=503)
    (first,) = livekit_server.world.egresses.all()
    livekit_server.world.egresses.fail(first.egress_id, "disk full")
    livekit_webhooks.flush(check=False)
    assert [recording["state"] for recording in recordings(app)] == ["failed", "running"]


def test_no_recorder_is_free(app, livekit_server, livekit_webhooks):
    """The route does not take the event, LiveKit sends it again, and then it is recorded."""
    livekit_server.faults.fail(times=2, method="StartRoomCompositeEgress", status=429)
    livekit_server.faults.fail_once(method="StartRoomCompositeEgress", status=503)
    livekit_server.join("ann", "lesson-1")
    livekit_webhooks.flush(check=False)
    assert {delivery.status for delivery in livekit_webhooks.deliveries} >= {500, 204}
    assert [recording["state"] for recording in recordings(app)] == ["running"]


def test_an_answer_that_was_lost_starts_no_second_recording(app, livekit_server, livekit_webhooks):
    livekit_server.faults.fail_once(method="StartRoomCompositeEgress", drop="after")
    livekit_server.join("ann", "lesson-1")
    livekit_webhooks.flush(check=False)
    assert len(livekit_server.world.egresses.all()) == 1
    assert [recording["state"] for recording in recordings(app)] == ["running"]


def test_the_sweep_settles_what_no_webhook_told(pipeline, livekit_server):
    ann = livekit_server.join("ann", "lesson-1")
    pipeline.start("lesson-1")
    assert pipeline.sweep()["running"] == 1
    livekit_server.clock.advance(60)
    ann.leave()
    livekit_server.clock.advance(60)
    assert pipeline.sweep()["settled"] == 1
    assert pipeline.sweep()["settled"] == 0


def test_the_sweep_goes_on_when_no_recorder_is_free(pipeline, livekit_server):
    """What it could not begin again stays for the next run."""
    for room in ("lesson-1", "lesson-2"):
        livekit_server.join("ann", room)
        pipeline.start(room)
    livekit_server.clock.advance(5)
    for egress in livekit_server.world.egresses.all():
        livekit_server.world.egresses.fail(egress.egress_id, "disk full")
    livekit_server.faults.fail_once(method="StartRoomCompositeEgress", status=503)
    assert pipeline.sweep() == {"settled": 1, "stopped": 0, "running": 0, "left": 1, "deleted": 0}
    assert pipeline.sweep() == {"settled": 1, "stopped": 0, "running": 1, "left": 0, "deleted": 0}


def test_the_sweep_deletes_old_files(app, pipeline, livekit_server, livekit_webhooks):
    livekit_server.join("ann", "lesson-1")
    livekit_webhooks.flush()
    livekit_server.clock.advance(60)
    pipeline.api.room.delete_room(room="lesson-1")
    livekit_server.clock.advance(60)
    livekit_webhooks.wait_for("egress_ended")
    (files,) = [recording["files"] for recording in recordings(app)]
    livekit_server.clock.advance(29 * DAY)
    assert pipeline.sweep()["deleted"] == 0
    livekit_server.clock.advance(2 * DAY)
    assert pipeline.sweep()["deleted"] == 1
    assert pipeline.storage.deleted == files
    assert [recording["state"] for recording in recordings(app)] == ["deleted"]


def test_the_sweep_stops_what_has_no_room(pipeline, livekit_server, monkeypatch):
    livekit_server.join("ann", "lesson-1")
    pipeline.start("lesson-1")
    livekit_server.clock.advance(5)
    monkeypatch.setattr(pipeline, "is_open", lambda room: False)
    assert pipeline.sweep()["stopped"] == 1
    livekit_server.clock.advance(5)
    assert pipeline.sweep()["settled"] == 1


def test_a_recording_that_the_server_forgot(pipeline, livekit_server):
    pipeline.execute("INSERT INTO recordings VALUES ('EG_gone', 'lesson-9', 1, 'running', '[]', 0)")
    assert pipeline.sweep()["settled"] == 1
    assert pipeline.execute("SELECT state FROM recordings") == [("failed",)]
