"""The forms that start an egress: one for each kind, with every output and every storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.console.actions.action import CallAction
from lkapi.console.pages.recording.forms import (
    ENCODING,
    FILE_TYPES,
    NEW_PLACES,
    PATH_HELP,
    PLACES,
    STORAGE_FIELDS,
    STORAGE_GROUPS,
    StartAction,
    check_start,
    groups_of,
    helps_of,
    labels_of,
    output_fields,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EGRESS_STARTS"]

_OLD_FIELDS: Final = (*output_fields(PLACES), *STORAGE_FIELDS, *ENCODING)
_AFTER: Final = ("egress", "egress-now", "room-egress", "rooms")
_LAYOUT_HELP: Final = "grid, speaker, single-speaker, or your own."


def _start(
    kind: str,
    title: str,
    row_name: str,
    fields: tuple[str, ...],
    *,
    required: tuple[str, ...],
    about: str,
    done: str,
    helps: Mapping[str, str] | None = None,
) -> StartAction:
    return StartAction(
        name=f"egress.start.{kind}",
        title=title,
        row_name=row_name,
        fields=(*fields, *_OLD_FIELDS),
        required=required,
        about=about,
        button="Start",
        topics=_AFTER,
        done=done,
        groups=groups_of(PLACES),
        labels=labels_of(PLACES),
        helps={**helps_of(PLACES), **(helps or {})},
        choices={f"{PLACES['file']}.file_type": FILE_TYPES},
    )


EGRESS_STARTS: Final = (
    _start(
        "room", "Record a room", "egress.START_ROOM_COMPOSITE_EGRESS",
        ("room_name", "layout", "audio_only", "video_only", "audio_mixing", "custom_base_url"),
        required=("room_name",),
        about="A room in its layout, recorded by a hidden browser.",
        done="An egress of {room_name} was requested.",
        helps={"layout": _LAYOUT_HELP},
    ),
    _start(
        "participant", "Record a participant", "egress.START_PARTICIPANT_EGRESS",
        ("room_name", "identity", "screen_share"),
        required=("room_name", "identity"),
        about="Camera and microphone of one participant, or what they share.",
        done="An egress of {identity} in {room_name} was requested.",
    ),
    _start(
        "tracks", "Record tracks together", "egress.START_TRACK_COMPOSITE_EGRESS",
        ("room_name", "audio_track_id", "video_track_id"),
        required=("room_name",),
        about="One audio and one video track together, or one of them.",
        done="An egress of tracks in {room_name} was requested.",
    ),
    StartAction(
        name="egress.start.track",
        title="Record one track",
        row_name="egress.START_TRACK_EGRESS",
        fields=(
            "room_name", "track_id", "file.filepath", "file.disable_manifest", "websocket_url",
            *STORAGE_FIELDS,
        ),
        required=("room_name", "track_id"),
        about="One track as it is, without transcoding: to a file, or to a WebSocket.",
        labels={**labels_of(PLACES), "file.filepath": "Path", "websocket_url": "WebSocket url"},
        helps={
            **helps_of(PLACES),
            "file.filepath": PATH_HELP,
            "websocket_url": "ws:// or wss://, for audio tracks. Hidden in code and log.",
        },
        groups={"file.": "A file", "websocket_url": "A WebSocket", **STORAGE_GROUPS},
        button="Start",
        topics=_AFTER,
        done="An egress of {track_id} was requested.",
    ),
    _start(
        "web", "Record a web page", "egress.START_WEB_EGRESS",
        ("url", "audio_only", "video_only", "await_start_signal"),
        required=("url",),
        about="Any page that the egress service can open.",
        done="An egress of the page was requested.",
        helps={"await_start_signal": "Begin when the page logs START_RECORDING."},
    ),
    CallAction(
        name="egress.start.any",
        title="Record anything",
        row_name="egress.START_EGRESS",
        fields=(
            "room_name",
            *(
                f"template.{name}"
                for name in ("layout", "custom_base_url", "audio_only", "video_only")
            ),
            *(f"web.{name}" for name in ("url", "audio_only", "video_only", "await_start_signal")),
            "media.video_track_id",
            "media.participant_video.identity",
            "media.participant_video.prefer_screen_share",
            "media.audio.capture_all",
            "media.audio.routes.0.track_id",
            "media.audio.routes.0.participant_identity",
            "media.data.capture_all",
            *output_fields(NEW_PLACES),
            *STORAGE_FIELDS,
            *ENCODING,
        ),
        about="The newer call StartEgress, with one source: a layout, a page, or tracks.",
        button="Start",
        adjust=check_start,
        groups={
            "template.": "What is recorded: a room by its layout",
            "web.": "What is recorded: a web page",
            "media.": "What is recorded: tracks",
            **groups_of(NEW_PLACES),
        },
        labels={
            **labels_of(NEW_PLACES),
            "media.participant_video.identity": "Video of participant",
            "media.audio.capture_all": "All audio",
            "media.audio.routes.0.track_id": "Audio track ID",
            "media.audio.routes.0.participant_identity": "Audio of participant",
            "media.data.capture_all": "All data",
        },
        helps={
            **helps_of(NEW_PLACES),
            "room_name": "Not needed for a web page.",
            "template.layout": _LAYOUT_HELP,
        },
        choices={f"{NEW_PLACES['file']}.file_type": FILE_TYPES},
        topics=_AFTER,
        done="An egress was requested.",
    ),
)  # fmt: skip
"""One action for each kind."""
