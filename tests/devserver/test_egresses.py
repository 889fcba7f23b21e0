"""Egress of a world: its lifecycle, by the clock and by hand, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.devserver.runtime import forgetting
from lkapi.protocol.egress import EgressStatus
from lkapi.protocol.models import ParticipantInfo
from tests.devserver.service_calls import ServiceServer

S3 = {"bucket": "b", "access_key": "AK", "secret": "fake"}
FILE = {"filepath": "{room_name}.mp4", "s3": S3}
ERRORS = {
    "complete": "",
    "fail": "disk full",
    "limit": "Session limit reached",
    "abort": "Start signal not received",
}
ROOM = {"room_name": "demo", "layout": "grid", "file_outputs": [FILE]}


@pytest.fixture
def server() -> ServiceServer:
    made = ServiceServer("cloud")
    made.call("CreateRoom", {"name": "demo", "empty_timeout": 100_000})
    return made


def start(server: ServiceServer, method: str = "StartRoomCompositeEgress", **more: Any) -> str:
    return server.get(f"Egress/{method}", {**ROOM, **more})["egress_id"]


def info_of(server: ServiceServer, egress_id: str) -> Any:
    return server.get("Egress/ListEgress", {"egress_id": egress_id})["items"][0]


def status_of(server: ServiceServer, egress_id: str) -> str:
    return info_of(server, egress_id)["status"]


def test_lifecycle_by_the_clock(server: ServiceServer) -> None:
    """Starting, active, ending, complete; each change is an event, and the file is shown."""
    egress_id = start(server)
    assert status_of(server, egress_id) == "EGRESS_STARTING"
    server.clock.advance(1)
    active = info_of(server, egress_id)
    assert active["status"] == "EGRESS_ACTIVE"
    server.clock.advance(60)
    assert server.get("Egress/StopEgress", {"egress_id": egress_id})["status"] == "EGRESS_ENDING"
    server.clock.advance(1)
    done = info_of(server, egress_id)
    assert done["status"] == "EGRESS_COMPLETE"
    (file,) = done["file_results"]
    assert file["filename"] == "demo.mp4"
    took = int(done["ended_at"]) - int(active["started_at"])
    assert int(file["duration"]) == took
    assert 60 <= took / 1e9 <= 62
    states = [
        (event.event, event.egress_info.status)
        for event in server.world.events.all()
        if event.egress_info is not None
    ]
    assert states == [
        ("egress_started", EgressStatus.EGRESS_STARTING),
        ("egress_updated", EgressStatus.EGRESS_ACTIVE),
        ("egress_updated", EgressStatus.EGRESS_ENDING),
        ("egress_ended", EgressStatus.EGRESS_COMPLETE),
    ]


def test_events_bear_the_time_they_were_due(server: ServiceServer) -> None:
    """What happened while nobody called is told with the time at which it happened."""
    egress_id = start(server)
    begun = server.clock.now()
    server.clock.advance(1000)
    started = int(info_of(server, egress_id)["started_at"])
    assert started == int((begun + 0.7) * 1e9)
    updated = [e for e in server.world.events.all() if e.event == "egress_updated"]
    assert [event.created_at for event in updated] == [int(begun + 0.7)]


def test_stopped_before_it_began(server: ServiceServer) -> None:
    """An egress that is stopped while starting is aborted, with an error and no file."""
    egress_id = start(server)
    server.get("Egress/StopEgress", {"egress_id": egress_id})
    server.clock.advance(1)
    done = info_of(server, egress_id)
    assert done["status"] == "EGRESS_ABORTED"
    assert done["error"] == "Stop called before pipeline could start"
    assert done["error_code"] == 412
    assert done["file_results"] == []


@pytest.mark.parametrize(
    ("end", "status", "code", "files"),
    [
        ("complete", "EGRESS_COMPLETE", 0, 1),
        ("fail", "EGRESS_FAILED", 500, 0),
        ("limit", "EGRESS_LIMIT_REACHED", 413, 1),
        ("abort", "EGRESS_ABORTED", 412, 1),
    ],
)
def test_ends_by_hand(server: ServiceServer, end: str, status: str, code: int, files: int) -> None:
    """A test decides how an egress ends; a second end changes nothing."""
    egress_id = start(server)
    egresses = server.world.egresses
    egresses.activate(egress_id)
    error = ("disk full",) if end == "fail" else ()
    getattr(egresses, end)(egress_id, *error)
    egresses.complete(egress_id)
    done = info_of(server, egress_id)
    assert (done["status"], done["error_code"]) == (status, code)
    assert done["error"] == ERRORS[end]
    assert len(done["file_results"]) == files
    assert server.events().count("egress_ended") == 1


def test_hand_driven_world_waits(server: ServiceServer) -> None:
    """With the delays off nothing goes on by itself."""
    server.world.egresses.starts_after = None
    server.world.egresses.ends_after = None
    egress_id = start(server)
    server.clock.advance(3600)
    assert status_of(server, egress_id) == "EGRESS_STARTING"
    server.world.egresses.activate(egress_id)
    server.get("Egress/StopEgress", {"egress_id": egress_id})
    server.clock.advance(3600)
    assert status_of(server, egress_id) == "EGRESS_ENDING"
    assert server.get("Egress/StopEgress", {"egress_id": egress_id})["status"] == "EGRESS_ENDING"
    with pytest.raises(KeyError):
        server.world.egresses.complete("EG_nope")


def test_recorder_is_in_the_room(server: ServiceServer) -> None:
    """The recorder is a hidden participant named after the egress; a layout is its metadata."""
    egress_id = start(server)
    assert server.refusal("Egress/UpdateLayout", {"egress_id": egress_id}) == (
        404,
        "twirp error unknown: participant does not exist",
    )
    server.world.egresses.activate(egress_id)
    recorder = server.world.find_participant("demo", egress_id)
    assert recorder is not None
    assert recorder.info.kind == ParticipantInfo.Kind.EGRESS
    assert recorder.permission.hidden
    assert recorder.permission.recorder
    server.get("Egress/UpdateLayout", {"egress_id": egress_id, "layout": "speaker"})
    assert recorder.info.metadata == '{"layout":"speaker"}'
    (room,) = server.call("ListRooms", {"names": ["demo"]})[1]["rooms"]
    assert room["active_recording"] is True
    assert room["num_participants"] == 0
    server.world.egresses.complete(egress_id)
    assert not recorder.connected
    (room,) = server.call("ListRooms", {"names": ["demo"]})[1]["rooms"]
    assert room["active_recording"] is False


def test_room_that_ends_ends_its_egress(server: ServiceServer) -> None:
    """Deleting the room stops its recording; that of a web page goes on."""
    inside = start(server)
    page = server.get(
        "Egress/StartWebEgress", {"url": "https://example.com", "file_outputs": [FILE]}
    )["egress_id"]
    server.clock.advance(1)
    status_of(server, inside)
    server.call("DeleteRoom", {"room": "demo"})
    server.clock.advance(1)
    assert status_of(server, inside) == "EGRESS_COMPLETE"
    assert status_of(server, page) == "EGRESS_ACTIVE"


def test_room_that_times_out_ends_its_egress_in_time(server: ServiceServer) -> None:
    """Start, closing and end come in their order with their own times, however late one looks."""
    server.call("CreateRoom", {"name": "short", "empty_timeout": 60})
    begun = int(server.clock.now())
    egress_id = start(server, room_name="short")
    server.clock.advance(1000)
    done = info_of(server, egress_id)
    assert done["status"] == "EGRESS_COMPLETE"
    assert int(done["started_at"]) == int((begun + 0.7) * 1e9)
    assert int(done["ended_at"]) == int((begun + 60.4) * 1e9)
    names = [name for name in server.events() if name != "room_started"]
    assert names == ["egress_started", *["egress_updated"] * 2, "room_finished", "egress_ended"]


def test_streams_come_and_go(server: ServiceServer) -> None:
    """UpdateStream adds and ends single streams; the rest end with the egress."""
    one, two = "rtmp://example.com/live/one", "rtmp://example.com/live/two"
    outputs = {"file_outputs": [], "stream_outputs": [{"protocol": "RTMP", "urls": [one]}]}
    egress_id = start(server, **outputs)
    server.world.egresses.activate(egress_id)
    server.clock.advance(5)
    change = {"egress_id": egress_id, "add_output_urls": [two], "remove_output_urls": [one]}
    results = server.get("Egress/UpdateStream", change)["stream_results"]
    assert [(r["url"], r["status"]) for r in results] == [(one, "FINISHED"), (two, "ACTIVE")]
    assert int(results[0]["duration"]) == 5_000_000_000
    server.world.egresses.complete(egress_id)
    assert [r["status"] for r in info_of(server, egress_id)["stream_results"]] == ["FINISHED"] * 2


def test_results_of_each_kind(server: ServiceServer) -> None:
    """The unified form leaves a file, segments and images behind, with the default storage."""
    body = {
        "room_name": "demo",
        "template": {"layout": "grid"},
        "outputs": [
            {"file": {"filepath": "a.mp4"}},
            {"segments": {"filename_prefix": "s", "playlist_name": "s.m3u8"}},
            {"images": {"filename_prefix": "i", "capture_interval": 5}},
        ],
        "storage": {"s3": S3},
    }
    egress_id = server.get("Egress/StartEgress", body)["egress_id"]
    server.world.egresses.activate(egress_id)
    server.clock.advance(20)
    server.world.egresses.complete(egress_id)
    done = info_of(server, egress_id)
    assert [file["filename"] for file in done["file_results"]] == ["a.mp4"]
    assert [part["playlist_name"] for part in done["segment_results"]] == ["s.m3u8"]
    assert [images["image_count"] for images in done["image_results"]] == ["4"]


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("StartRoomCompositeEgress", {"room_name": "demo"}, "output"),
        ("StartRoomCompositeEgress", {**ROOM, "file_outputs": [{"filepath": "x"}]}, "output"),
        ("StartWebEgress", {"file_outputs": [FILE]}, "url"),
        ("StartParticipantEgress", {"room_name": "demo", "file_outputs": [FILE]}, "identity"),
        ("StartTrackEgress", {"room_name": "demo", "file": FILE}, "track_id"),
        ("StartEgress", {"room_name": "demo", "outputs": [{"file": FILE}]}, "source"),
    ],
)
def test_worker_refuses(server: ServiceServer, method: str, body: Any, field: str) -> None:
    """A worker names what it misses; LiveKit Cloud has no local files (users.md, c 21)."""
    status, message = server.refusal(f"Egress/{method}", body)
    assert status == 400
    assert message.endswith(f"missing or invalid field: {field}")
    assert server.get("Egress/ListEgress")["items"] == []


def test_local_files_are_fine_at_home() -> None:
    """A self-hosted egress service may write to its own disk."""
    server = ServiceServer("self-hosted", egress_worker=True)
    server.call("CreateRoom", {"name": "demo"})
    start(server, file_outputs=[{"filepath": "x.mp4"}])


def test_automatic_egress_of_room_participants_and_tracks(server: ServiceServer) -> None:
    """CreateRoom's egress starts with the room, with each participant and with each track."""
    egress = {
        "room": {"file_outputs": [FILE]},
        "participant": {"file_outputs": [FILE]},
        "tracks": {"filepath": "t", "s3": S3},
    }
    server.call("CreateRoom", {"name": "auto", "egress": egress})
    server.join("ann", "auto").publish("mic")
    found = server.get("Egress/ListEgress", {"room_name": "auto"})["items"]
    kinds = [next(k for k in ("room_composite", "participant", "track") if k in e) for e in found]
    assert kinds == ["room_composite", "participant", "track"]
    assert found[1]["participant"]["identity"] == "ann"
    assert found[2]["track"]["file"]["s3"]["bucket"] == "b"


def test_room_opens_without_a_recording_that_cannot_start(server: ServiceServer) -> None:
    """A bad automatic egress does not keep the room from being opened."""
    status, _ = server.call("CreateRoom", {"name": "auto", "egress": {"room": {}}})
    assert status == 200
    assert server.get("Egress/ListEgress", {"room_name": "auto"})["items"] == []


def test_list_in_pages() -> None:
    """LiveKit Cloud hands out pages: later ones are older, within one the newest is last."""
    server = ServiceServer("cloud", page_size=2)
    server.call("CreateRoom", {"name": "demo"})
    ids = [start(server) for _ in range(5)]
    pages, token = [], None
    while True:
        answer = server.get("Egress/ListEgress", {"page_token": token} if token else {})
        pages.append([item["egress_id"] for item in answer["items"]])
        token = answer["next_page_token"]
        if token is None:
            break
    assert pages == [ids[3:], ids[1:3], ids[:1]]
    bad = {"page_token": {"token": "x"}}
    assert server.refusal("Egress/ListEgress", bad) == (400, "invalid page token")


def test_the_oldest_ended_egresses_are_forgotten(
    server: ServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a LiveKit server after a day; those that run stay, however old."""
    monkeypatch.setattr(forgetting, "KEPT", 3)
    running = start(server)
    ended = [start(server) for _ in range(4)]
    for egress_id in ended:
        server.world.egresses.complete(egress_id)
    last = start(server)
    known = [info.egress_id for info in server.world.egresses.all()]
    assert known == [running, ended[-1], last]
    assert server.ask("Egress/ListEgress", {"egress_id": ended[0]})[0] == 404


def test_active_filter(server: ServiceServer) -> None:
    """Only those that are not over, when asked for."""
    over, running = start(server), start(server)
    server.world.egresses.fail(over, "boom")
    items = server.get("Egress/ListEgress", {"active": True})["items"]
    assert [item["egress_id"] for item in items] == [running]
    assert len(server.world.egresses.all()) == 2
