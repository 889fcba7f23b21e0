"""The tests of ``cleanup.py``, with nothing but lkapi's pytest plugin."""

from __future__ import annotations

import io

import cleanup as program
import pytest
from cleanup import Cleanup, report

import lkapi

HOUR = 3600


@pytest.fixture
def cleanup(livekit_server, livekit_api_sync) -> Cleanup:
    return Cleanup(livekit_api_sync, 12 * HOUR, clock=livekit_server.clock.now, out=io.StringIO())


@pytest.fixture
def project(livekit_server, livekit_api_sync):
    """Two idle rooms, one in use, a new one; inputs that are in use, reusable and left over."""
    room, ingress = livekit_api_sync.room, livekit_api_sync.ingress
    for name in ("idle-1", "idle-2", "busy"):
        room.create_room(name=name, empty_timeout=100 * HOUR)
    livekit_server.join("ann", "busy")
    left = ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT, room_name="idle-1", participant_identity="camera"
    )
    livekit_server.clock.advance(13 * HOUR)
    room.create_room(name="new", empty_timeout=100 * HOUR)
    return {"left": left.ingress_id}


def test_what_is_found(cleanup, project):
    found = {(item.kind, item.id) for item in cleanup.find()}
    assert {("room", "idle-1"), ("room", "idle-2")} <= found
    assert not {("room", "busy"), ("room", "new")} & found


def test_all_of_it_is_deleted_with_progress(cleanup, project, livekit_server, capsys):
    items = cleanup.find()
    results = cleanup.run(items, limit=2)
    assert report(results) == 0
    assert set(livekit_server.world.rooms) == {"busy", "new"}
    assert cleanup.out.getvalue().endswith(f"\r{len(items)} of {len(items)} \n")
    assert cleanup.find() == []
    assert cleanup.run(items).ok  # what is gone is as good as deleted


def test_somebody_came_in_meanwhile(cleanup, project, livekit_server):
    items = cleanup.find()
    livekit_server.join("bob", "idle-2")
    assert cleanup.run(items).ok
    assert "idle-2" in livekit_server.world.rooms
    assert "kept room idle-2" in cleanup.out.getvalue()


def test_a_recording_without_a_room(cleanup, livekit_server, livekit_api_sync, monkeypatch):
    livekit_server.join("ann", "demo")
    output = lkapi.EncodedFileOutput(filepath="a.mp4", s3=lkapi.S3Upload(bucket="b"))
    egress = livekit_api_sync.egress.start_web_egress(
        url="https://example.com", file_outputs=[output]
    )
    composite = livekit_api_sync.egress.start_room_composite_egress(
        room_name="demo", file_outputs=[output]
    )
    assert cleanup.find() == []
    monkeypatch.setattr(livekit_api_sync.room, "iter_rooms", list)
    assert [item.id for item in cleanup.find()] == [composite.egress_id]
    assert cleanup.run(cleanup.find()).ok
    livekit_server.clock.advance(5)
    assert livekit_api_sync.egress.get_egress(composite.egress_id).is_terminal
    assert not livekit_api_sync.egress.get_egress(egress.egress_id).is_terminal


def test_an_error_of_one_does_not_end_the_others(cleanup, project, livekit_server, capsys):
    livekit_server.faults.fail(times=3, method="DeleteRoom", status=500)
    results = cleanup.run(cleanup.find(), limit=1)
    assert report(results) == 1
    out = capsys.readouterr().out
    assert "failed: room idle-1 (nobody is there): " in out
    assert len(results.failed) == 1
    assert "idle-2" not in livekit_server.world.rooms
    assert ", 1 failed" in cleanup.out.getvalue()


def test_what_is_left_at_the_deadline(cleanup, project, capsys):
    results = cleanup.run(cleanup.find(), deadline=1e-9)
    assert report(results) == 1
    assert "left for the next run: room idle-1" in capsys.readouterr().out


def test_the_program(project, livekit_env, livekit_server, capsys):
    assert program.main(["--idle-hours", "0"]) == 0
    assert "would delete room idle-1 (nobody is there)" in capsys.readouterr().out
    assert "idle-1" in livekit_server.world.rooms
    assert program.main(["--idle-hours", "0", "--yes"]) == 0
    assert set(livekit_server.world.rooms) >= {"busy"}


def test_a_server_that_is_out_of_reach(livekit_env, livekit_server, capsys):
    livekit_server.faults.fail(drop="connect")
    assert program.main([]) == 2
    assert "the server could not be asked" in capsys.readouterr().err
