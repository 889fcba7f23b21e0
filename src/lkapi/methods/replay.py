"""The rows of the Replay service: playing recorded sessions back into rooms.

LiveKit Cloud only. Its tokens have no grant at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.message.wellknown import Empty
from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.cloud_replay import (
    ClosePlaybackRequest,
    DeleteReplayRequest,
    ListReplaysRequest,
    ListReplaysResponse,
    PlaybackRequest,
    PlaybackResponse,
    SeekRequest,
)
from lkapi.protocol.egress import (
    EgressInfo,
    ExportReplayRequest,
)

if TYPE_CHECKING:
    from lkapi.message import Message

_NOTHING = Needs()


def _nothing(_: Message) -> Needs:
    return _NOTHING


LIST_REPLAYS: Final = MethodInfo(
    service="Replay",
    name="ListReplays",
    request=ListReplaysRequest,
    response=ListReplaysResponse,
    needs=_nothing,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)
PLAYBACK: Final = MethodInfo(
    service="Replay",
    name="Playback",
    request=PlaybackRequest,
    response=PlaybackResponse,
    needs=_nothing,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
SEEK: Final = MethodInfo(
    service="Replay",
    name="Seek",
    request=SeekRequest,
    response=Empty,
    needs=_nothing,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
CLOSE: Final = MethodInfo(
    service="Replay",
    name="Close",
    request=ClosePlaybackRequest,
    response=Empty,
    needs=_nothing,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    deletes=True,
)
EXPORT: Final = MethodInfo(
    service="Replay",
    name="Export",
    request=ExportReplayRequest,
    response=EgressInfo,
    needs=_nothing,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
DELETE_REPLAY: Final = MethodInfo(
    service="Replay",
    name="DeleteReplay",
    request=DeleteReplayRequest,
    response=Empty,
    needs=_nothing,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    deletes=True,
)
