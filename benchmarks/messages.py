"""Messages: decoding a long list, webhook bodies, building and encoding a request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from livekit.protocol import models as their_models, room as their_room, webhook as their_webhook

from benchmarks.harness import Row, paired
from lkapi.protocol import room, webhook

PARTICIPANTS = 1000


def participant(number: int) -> their_models.ParticipantInfo:
    """A participant as a busy room has them: permission, attributes and two tracks."""
    return their_models.ParticipantInfo(
        sid=f"PA_{number:012d}",
        identity=f"user-{number}",
        name=f"User number {number}",
        metadata=json.dumps({"avatar": f"https://example.com/a/{number}.png", "team": "x"}),
        state=their_models.ParticipantInfo.ACTIVE,
        joined_at=1_700_000_000 + number,
        joined_at_ms=1_700_000_000_000 + number,
        version=number,
        region="eu-central",
        is_publisher=True,
        kind=their_models.ParticipantInfo.STANDARD,
        attributes={"seat": str(number)},
        permission=their_models.ParticipantPermission(
            can_subscribe=True, can_publish=True, can_publish_data=True, can_publish_sources=[1, 2]
        ),
        tracks=[
            their_models.TrackInfo(
                sid=f"TR_A{number:010d}",
                type=their_models.AUDIO,
                source=their_models.MICROPHONE,
                mime_type="audio/opus",
                mid="0",
            ),
            their_models.TrackInfo(
                sid=f"TR_V{number:010d}",
                type=their_models.VIDEO,
                source=their_models.CAMERA,
                mime_type="video/vp8",
                width=1280,
                height=720,
            ),
        ],
    )


def list_body() -> bytes:
    """An answer of ListParticipants, about 240 KB."""
    return their_room.ListParticipantsResponse(
        participants=[participant(number) for number in range(PARTICIPANTS)]
    ).SerializeToString()


def webhook_body() -> bytes:
    """A participant_joined event of about 3.4 KB."""
    someone = participant(7)
    someone.metadata = json.dumps({"profile": "x" * 1400})
    someone.attributes.update({f"lk.attribute.{n}": "value " * 4 for n in range(12)})
    event = their_webhook.WebhookEvent(
        event="participant_joined",
        id="EV_0123456789ab",
        created_at=1_700_000_000,
        room=their_models.Room(
            sid="RM_0123456789ab",
            name="demo",
            empty_timeout=300,
            departure_timeout=20,
            creation_time=1_700_000_000,
            creation_time_ms=1_700_000_000_123,
            turn_password="t" * 40,
            enabled_codecs=[
                their_models.Codec(mime=mime)
                for mime in ("video/VP8", "video/H264", "video/VP9", "audio/opus", "audio/red")
            ],
            metadata="m" * 300,
            num_participants=12,
            num_publishers=4,
            version=their_models.TimedVersion(unix_micro=1_700_000_000_000_000, ticks=3),
        ),
        participant=someone,
    )
    return json_format.MessageToJson(event, indent=0).replace("\n", "").encode()


def read_two(answer: Any) -> int:
    """Sid and identity of each participant."""
    total = 0
    for someone in answer.participants:
        total += len(someone.sid) + len(someone.identity)
    return total


def read_all(answer: Any, present: Any) -> int:
    """Every field that is set, in straight-line code, on either library."""
    total = 0
    for one in answer.participants:
        total += len(one.sid) + len(one.identity) + one.state + len(one.metadata) + one.joined_at
        total += one.joined_at_ms + len(one.name) + one.version + len(one.region) + one.kind
        total += one.is_publisher + len(one.attributes["seat"]) + one.disconnect_reason
        total += len(one.kind_details)
        permission = one.permission
        total += permission.can_subscribe + permission.can_publish + permission.can_publish_data
        total += len(permission.can_publish_sources) + permission.hidden + permission.recorder
        total += permission.can_update_metadata + permission.agent
        for track in one.tracks:
            total += len(track.sid) + track.type + len(track.name) + track.muted + track.width
            total += track.height + track.simulcast + track.disable_dtx + track.source
            total += len(track.layers) + len(track.mime_type) + len(track.mid) + len(track.codecs)
            total += track.stereo + track.disable_red + track.encryption + len(track.stream)
            total += present(track)
    return total


def small() -> dict[str, Any]:
    """The fields of a small request."""
    return {"name": "demo", "empty_timeout": 600, "metadata": "{}", "tags": {"a": "b"}}


def rows() -> Iterator[Row]:
    """The measured pairs."""
    yield from _reading()
    yield from _small_messages()
    yield from _large_messages()


def _reading() -> Iterator[Row]:
    body, event = list_body(), webhook_body()
    ours, theirs = room.ListParticipantsResponse, their_room.ListParticipantsResponse
    yield paired(
        "list.two-fields",
        f"decode {PARTICIPANTS} participants, {len(body) // 1000} KB, read two fields each",
        ours=lambda: read_two(ours.from_bytes(body)),
        theirs=lambda: read_two(theirs.FromString(body)),
        bar=1.3,
    )
    yield paired(
        "list.everything",
        f"decode {PARTICIPANTS} participants, read everything",
        ours=lambda: read_all(ours.from_bytes(body), lambda track: track.version is not None),
        theirs=lambda: read_all(theirs.FromString(body), lambda track: track.HasField("version")),
        bar=2.5,
    )
    text = event.decode()
    yield paired(
        "json.event",
        f"parse a webhook event, {len(event)} bytes of JSON",
        ours=lambda: webhook.WebhookEvent.from_json(event),
        theirs=lambda: json_format.Parse(
            text, their_webhook.WebhookEvent(), ignore_unknown_fields=True
        ),
        bar=0.25,
    )


def _small_messages() -> Iterator[Row]:
    ours, theirs = room.CreateRoomRequest(**small()), their_room.CreateRoomRequest(**small())
    twins = room.CreateRoomRequest(**small()), their_room.CreateRoomRequest(**small())
    data = ours.to_dict()
    yield paired(
        "small.build",
        "build and encode a CreateRoomRequest",
        ours=lambda: room.CreateRoomRequest(**small()).to_bytes(),
        theirs=lambda: their_room.CreateRoomRequest(**small()).SerializeToString(),
        bar=1.5,
    )
    yield paired(
        "small.to_dict",
        "a CreateRoomRequest to a dict",
        ours=ours.to_dict,
        theirs=lambda: json_format.MessageToDict(theirs),
        bar=0.9,
    )
    yield paired(
        "small.from_dict",
        "a CreateRoomRequest from a dict",
        ours=lambda: room.CreateRoomRequest.from_dict(data),
        theirs=lambda: json_format.ParseDict(data, their_room.CreateRoomRequest()),
        bar=0.9,
    )
    yield paired(
        "small.repr",
        "repr of a CreateRoomRequest, and str of theirs",
        ours=lambda: repr(ours),
        theirs=lambda: str(theirs),
        bar=1.5,
    )
    yield paired(
        "small.equal",
        "== of two CreateRoomRequests",
        ours=lambda: ours == twins[0],
        theirs=lambda: theirs == twins[1],
        bar=1.5,
    )


def _large_messages() -> Iterator[Row]:
    body = list_body()
    ours, twin = (room.ListParticipantsResponse.from_bytes(body) for _ in range(2))
    theirs, other = (their_room.ListParticipantsResponse.FromString(body) for _ in range(2))
    data = ours.to_dict()
    yield paired(
        "large.to_dict",
        f"{PARTICIPANTS} participants to a dict",
        ours=ours.to_dict,
        theirs=lambda: json_format.MessageToDict(theirs),
        bar=0.6,
    )
    yield paired(
        "large.from_dict",
        f"{PARTICIPANTS} participants from a dict",
        ours=lambda: room.ListParticipantsResponse.from_dict(data),
        theirs=lambda: json_format.ParseDict(data, their_room.ListParticipantsResponse()),
        bar=0.6,
    )
    yield paired(
        "large.repr",
        f"repr of {PARTICIPANTS} participants, and str of theirs",
        ours=lambda: repr(ours),
        theirs=lambda: str(theirs),
        bar=1.5,
    )
    yield paired(
        "large.equal",
        f"== of {PARTICIPANTS} participants",
        ours=lambda: ours == twin,
        theirs=lambda: theirs == other,
        bar=1.5,
    )
    yield paired(
        "large.encode",
        f"encode {PARTICIPANTS} participants that were decoded",
        ours=ours.to_bytes,
        theirs=theirs.SerializeToString,
        bar=1.5,
    )
