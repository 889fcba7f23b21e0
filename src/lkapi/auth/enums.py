"""Enums that tokens spell by name: track sources, kinds of participant and their details."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Final, Literal, cast

from lkapi.errors import TokenError

__all__ = ["KindDetail", "ParticipantKind", "TrackSource"]


class TrackSource(str, enum.Enum):
    """What a track shows; the values of ``can_publish_sources``."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SCREEN_SHARE = "screen_share"
    SCREEN_SHARE_AUDIO = "screen_share_audio"

    def __str__(self) -> str:
        return self.value


ParticipantKind = Literal["standard", "ingress", "egress", "sip", "agent", "connector", "bridge"]
"""What a participant is; set by LiveKit's own services, ``standard`` for people."""

KindDetail = Literal[
    "cloud_agent",
    "forwarded",
    "connector_whatsapp",
    "connector_twilio",
    "bridge_rtsp",
    "simulation",
]
"""Which integration a participant comes from."""

_SOURCES: Final = {1: "camera", 2: "microphone", 3: "screen_share", 4: "screen_share_audio"}
_KINDS: Final = {
    0: "standard",
    1: "ingress",
    2: "egress",
    3: "sip",
    4: "agent",
    7: "connector",
    8: "bridge",
}
_DETAILS: Final = {
    0: "cloud_agent",
    1: "forwarded",
    2: "connector_whatsapp",
    3: "connector_twilio",
    4: "bridge_rtsp",
    5: "simulation",
}
_ALL_SOURCES: Final = frozenset(_SOURCES.values())
_ALL_KINDS: Final = frozenset(_KINDS.values())
_ALL_DETAILS: Final = frozenset(_DETAILS.values())

NameOrNumber = str | int
"""A name, in upper or lower case, or the number of the enum in ``lkapi.protocol.models``."""


def source_names(sources: Iterable[NameOrNumber]) -> list[str]:
    """Write track sources as tokens do.

    Raises:
        TokenError: for a source that does not exist; the server would silently drop it.
    """
    if isinstance(sources, str) or not isinstance(cast("object", sources), Iterable):
        raise TokenError(f"can_publish_sources must be a list of sources, not {sources!r}")
    return [str(TrackSource(_name(s, _SOURCES, _ALL_SOURCES, "track source"))) for s in sources]


def kind_name(kind: NameOrNumber) -> str:
    """Write a kind of participant as tokens do."""
    return _name(kind, _KINDS, _ALL_KINDS, "kind of participant")


def detail_names(details: Iterable[NameOrNumber]) -> list[str]:
    """Write details of a kind as tokens do."""
    if isinstance(details, str) or not isinstance(cast("object", details), Iterable):
        raise TokenError(f"kind_details must be a list, not {details!r}")
    return [_name(detail, _DETAILS, _ALL_DETAILS, "kind detail") for detail in details]


def _name(given: object, by_number: Mapping[int, str], known: frozenset[str], what: str) -> str:
    found: str | None = None
    if isinstance(given, str):
        value = given.value if isinstance(given, enum.Enum) else given
        found = value.lower()
    elif isinstance(given, int) and not isinstance(given, bool):
        found = by_number.get(given)
    if found not in known:
        raise TokenError(f"there is no {what} {given!r}; known are {', '.join(sorted(known))}")
    return found
