"""Ingress of a world: media that comes and goes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.protocol.models import ParticipantInfo
from tests.devserver.service_calls import ServiceServer

PULL = {
    "input_type": "URL_INPUT",
    "url": "https://example.com/a.mp4",
    "room_name": "demo",
    "participant_identity": "film",
}
PUSH = {"room_name": "demo", "participant_identity": "obs", "participant_name": "OBS"}


@pytest.fixture
def server() -> ServiceServer:
    return ServiceServer("cloud")


def create(server: ServiceServer, body: Any = PUSH) -> str:
    return server.get("Ingress/CreateIngress", body)["ingress_id"]


def state_of(server: ServiceServer, ingress_id: str) -> Any:
    return server.get("Ingress/ListIngress", {"ingress_id": ingress_id})["items"][0]["state"]


def test_push(server: ServiceServer) -> None:
    """An encoder that connects is a participant with a video and an audio track."""
    video = {"name": "cam", "source": "SCREEN_SHARE"}
    ingress_id = create(server, {**PUSH, "video": video})
    publisher = server.world.ingresses.start(ingress_id)
    assert server.world.ingresses.start(ingress_id) is publisher
    assert publisher.info.kind == ParticipantInfo.Kind.INGRESS
    assert (publisher.identity, publisher.info.name) == ("obs", "OBS")
    assert [(track.name, track.source) for track in publisher.tracks] == [("cam", 3), ("audio", 2)]
    state = state_of(server, ingress_id)
    assert state["status"] == "ENDPOINT_PUBLISHING"
    assert state["room_id"] == publisher.room.info.sid
    server.world.ingresses.end(ingress_id)
    server.world.ingresses.end(ingress_id)
    assert not publisher.connected
    assert state_of(server, ingress_id)["status"] == "ENDPOINT_COMPLETE"
    kinds = [name for name in server.events() if name.startswith("ingress")]
    assert kinds == ["ingress_started", "ingress_ended"]


def test_error(server: ServiceServer) -> None:
    """Media that breaks off leaves an error; the ingress can start again."""
    ingress_id = create(server)
    server.world.ingresses.start(ingress_id)
    server.world.ingresses.end(ingress_id, "connection reset")
    state = state_of(server, ingress_id)
    assert (state["status"], state["error"]) == ("ENDPOINT_ERROR", "connection reset")
    assert server.world.ingresses.start(ingress_id).connected


def test_pull(server: ServiceServer) -> None:
    """A URL is played by itself; the answer says buffering, the list only what has happened."""
    made = server.get("Ingress/CreateIngress", PULL)
    assert made["state"]["status"] == "ENDPOINT_BUFFERING"
    assert (made["stream_key"], made["reusable"]) == ("", False)
    assert state_of(server, made["ingress_id"])["status"] == "ENDPOINT_INACTIVE"
    server.clock.advance(1)
    assert state_of(server, made["ingress_id"])["status"] == "ENDPOINT_PUBLISHING"
    assert server.world.find_participant("demo", "film") is not None
    change = {"ingress_id": made["ingress_id"], "name": "x"}
    assert server.refusal("Ingress/UpdateIngress", change) == (
        400,
        "twirp error unknown: ingress is not reusable and cannot be modified",
    )


def test_pull_into_a_full_room(server: ServiceServer) -> None:
    """What cannot join shows that in its state, and hurts no other call."""
    server.call("CreateRoom", {"name": "demo", "max_participants": 1})
    server.join("ann", "demo")
    ingress_id = create(server, PULL)
    server.clock.advance(1)
    state = state_of(server, ingress_id)
    assert state["status"] == "ENDPOINT_ERROR"
    assert "cannot join" in state["error"]


def test_delete_ends_what_publishes(server: ServiceServer) -> None:
    """Deleting lets the participant leave, and answers the ingress as inactive."""
    ingress_id = create(server)
    publisher = server.world.ingresses.start(ingress_id)
    gone = server.get("Ingress/DeleteIngress", {"ingress_id": ingress_id})
    assert gone["state"]["status"] == "ENDPOINT_INACTIVE"
    assert not publisher.connected
    assert server.world.ingresses.all() == []


def test_start_needs_a_room_and_to_be_enabled(server: ServiceServer) -> None:
    """What a test asks for and cannot be is an error that says why."""
    without = create(server, {"participant_identity": "p"})
    with pytest.raises(ValueError, match="has no room"):
        server.world.ingresses.start(without)
    disabled = create(server, {**PUSH, "enabled": False})
    with pytest.raises(ValueError, match="is disabled"):
        server.world.ingresses.start(disabled)
    with pytest.raises(KeyError):
        server.world.ingresses.start("IN_nope")


def test_addresses(server: ServiceServer) -> None:
    """Encoders are told where to publish; a server without configuration tells nothing."""
    whip = server.get("Ingress/CreateIngress", {**PUSH, "input_type": "WHIP_INPUT"})
    assert whip["url"].startswith("https://")
    assert server.get("Ingress/CreateIngress", PUSH)["url"].startswith("rtmps://")
    home = ServiceServer("self-hosted")
    assert home.get("Ingress/CreateIngress", PUSH)["url"] == ""


def test_list_in_pages() -> None:
    """LiveKit Cloud hands out pages."""
    server = ServiceServer("cloud", page_size=2)
    ids = [create(server) for _ in range(3)]
    first = server.get("Ingress/ListIngress")
    second = server.get("Ingress/ListIngress", {"page_token": first["next_page_token"]})
    listed = [item["ingress_id"] for item in first["items"] + second["items"]]
    assert (listed, second["next_page_token"]) == (ids, None)


LAYER = {"quality": "HIGH", "width": 640, "height": 480}
LOW = {"quality": "LOW", "width": 1280, "height": 720}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"input_type": "URL_INPUT"}, "invalid ingress: missing URL parameter"),
        ({"input_type": "URL_INPUT", "url": "ftp://x"}, "invalid ingress: invalid url scheme ftp"),
        ({"input_type": "URL_INPUT", "url": "http://[x"}, 'parse "http://[x": invalid URL'),
        ({**PULL, "enabled": False}, "invalid ingress: disabled non reusable ingress"),
        ({"video": {"source": "MICROPHONE"}}, "invalid video parameters: invalid track source"),
        ({"video": {"preset": 99}}, "invalid video parameters: invalid preset"),
        ({"audio": {"preset": 99}}, "invalid audio parameters: invalid preset"),
        (
            {"audio": {"options": {"audio_codec": "AAC"}}},
            "invalid audio parameters: audio codec unsupported",
        ),
        (
            {"audio": {"options": {"channels": 3}}},
            "invalid audio parameters: invalid audio channel count",
        ),
        (
            {"video": {"options": {"frame_rate": -1}}},
            "invalid video parameters: invalid framerate",
        ),
        (
            {"video": {"options": {"video_codec": "H264_HIGH"}}},
            "invalid video parameters: video codec unsupported",
        ),
        (
            {"video": {"options": {"layers": [{"width": 640}]}}},
            "invalid video parameters: invalid output media dimensions",
        ),
        (
            {"video": {"options": {"layers": [{**LAYER, "width": 641}]}}},
            "invalid ingress: layer width must be even",
        ),
        (
            {"video": {"options": {"layers": [LAYER, LAYER]}}},
            "invalid video parameters: more than one layer with the same quality level",
        ),
        (
            {"video": {"options": {"layers": [LAYER, LOW]}}},
            "invalid video parameters: video layers do not have increasing height",
        ),
        (
            {"input_type": "WHIP_INPUT", "video": {"preset": 1}},
            "invalid transcoding bypass configuration: video encoding options must be empty",
        ),
    ],
)
def test_create_is_checked(server: ServiceServer, more: Any, message: str) -> None:
    """What is wrong with an ingress is named, and nothing is kept."""
    status, text = server.refusal("Ingress/CreateIngress", {**PUSH, **more})
    assert status == 400
    assert text.startswith(f"twirp error unknown: {message}")
    assert server.world.ingresses.all() == []


@pytest.mark.parametrize("how", ["removed", "room deleted", "identity taken"])
def test_media_ends_with_its_participant(server: ServiceServer, how: str) -> None:
    """Whoever makes the participant go ends the ingress; the encoder can connect again."""
    ingress_id = create(server)
    first = server.world.ingresses.start(ingress_id)
    if how == "removed":
        server.call("RemoveParticipant", {"room": "demo", "identity": "obs"})
    elif how == "room deleted":
        server.call("DeleteRoom", {"room": "demo"})
    else:
        server.join("obs", "demo").leave()
    assert state_of(server, ingress_id)["status"] == "ENDPOINT_COMPLETE"
    assert server.events().count("ingress_ended") == 1
    assert server.world.ingresses.start(ingress_id) is not first
    assert server.events().count("ingress_started") == 2
