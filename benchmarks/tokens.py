"""Minting a join token, and receiving a webhook of 3.4 KB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit import api as theirs

from benchmarks.harness import Row, paired
from lkapi import auth as ours
from lkapi.protocol.models import (
    Codec,
    ParticipantInfo,
    ParticipantPermission,
    Room,
    TrackInfo,
    TrackSource,
    TrackType,
    VideoLayer,
)
from lkapi.webhook import WebhookEvent, WebhookReceiver, sign_webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"


def mint_theirs() -> str:
    grants = theirs.VideoGrants(room_join=True, room="demo")
    return theirs.AccessToken(KEY, SECRET).with_identity("ann").with_grants(grants).to_jwt()


def mint_ours() -> str:
    grants = ours.VideoGrants(room_join=True, room="demo")
    return ours.AccessToken(KEY, SECRET).with_identity("ann").with_grants(grants).to_jwt()


def make_event() -> str:
    """The body of a webhook of 3.4 KB: a participant with attributes and tracks joined a room."""
    participant = ParticipantInfo(
        sid="PA_benchmark",
        identity="ann",
        name="Ann",
        state=ParticipantInfo.State.ACTIVE,
        metadata="m" * 800,
        attributes={f"attribute.{n}": "value " * 5 for n in range(12)},
        joined_at=1_700_000_000,
        joined_at_ms=1_700_000_000_123,
        permission=ParticipantPermission(can_publish=True, can_subscribe=True),
        tracks=[make_track(n) for n in range(6)],
    )
    mimes = ("audio/opus", "audio/red", "video/VP8", "video/H264", "video/VP9", "video/AV1")
    room = Room(
        sid="RM_benchmark",
        name="demo",
        creation_time=1_700_000_000,
        metadata="r" * 200,
        enabled_codecs=[Codec(mime=mime) for mime in mimes],
    )
    event = WebhookEvent(event="participant_joined", id="EV_benchmark", created_at=1_700_000_001)
    return event.copy(room=room, participant=participant).to_json()


def make_track(number: int) -> TrackInfo:
    """A published video track."""
    return TrackInfo(
        sid=f"TR_{number}",
        type=TrackType.VIDEO,
        source=TrackSource.CAMERA,
        name=f"camera {number}",
        mime_type="video/VP8",
        mid=str(number),
        width=1280,
        height=720,
        simulcast=True,
        stream="camera",
        layers=[VideoLayer(quality=1, width=640, height=360, bitrate=450_000)],
    )


def rows() -> Iterator[Row]:
    """Time the token path."""
    yield paired("token.mint", "mint a join token", ours=mint_ours, theirs=mint_theirs, bar=0.28)
    token = mint_ours()
    yield paired(
        "token.verify",
        "verify a join token",
        ours=lambda: ours.TokenVerifier(KEY, SECRET).verify(token),
        theirs=lambda: theirs.TokenVerifier(KEY, SECRET).verify(token),
        bar=0.35,
    )
    body = make_event()
    auth = sign_webhook(body, KEY, SECRET)
    receiver = WebhookReceiver(ours.TokenVerifier(KEY, SECRET))
    other = theirs.WebhookReceiver(theirs.TokenVerifier(KEY, SECRET))
    yield paired(
        "webhook.receive",
        f"receive a webhook of {len(body) / 1024:.1f} KB",
        ours=lambda: receiver.receive(body, auth),
        theirs=lambda: other.receive(body, auth),
        bar=0.22,
    )
