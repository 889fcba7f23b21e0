"""The idioms of protobuf that the migration page lists: what works, and what to write instead."""

from __future__ import annotations

import inspect
import json
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, message, text_format

import lkapi
from lkapi.protocol.agent_dispatch import RoomAgentDispatch
from lkapi.protocol.egress import EncodedFileOutput, S3Upload
from lkapi.protocol.models import ParticipantInfo, Room, TrackSource
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.sip import SIPInboundTrunkInfo, SIPMediaConfig
from lkapi.protocol.webhook import WebhookEvent

IDIOMS: list[dict[str, Any]] = json.loads(
    (resources.files("lkapi") / "compat" / "message_idioms.json").read_text(encoding="utf-8")
)
PAGE = Path(__file__).parent.parent.parent / "docs" / "migrating.md"


def names() -> dict[str, Any]:
    """What the snippets find."""
    classes = (CreateRoomRequest, EncodedFileOutput, ParticipantInfo, Room, RoomAgentDispatch)
    more = (SIPMediaConfig, SIPInboundTrunkInfo, WebhookEvent)
    return {
        **{kind.__name__: kind for kind in (*classes, *more)},
        "inspect": inspect,
        "json_format": json_format,
        "lkapi": lkapi,
        "message": message,
        "more": [RoomAgentDispatch(agent_name="y")],
        "text_format": text_format,
        "TrackSource": TrackSource,
        "timedelta": timedelta,
        "room": Room(name="a"),
        "other": Room(sid="s"),
        "data": Room(sid="t").to_bytes(),
        "event": WebhookEvent(),
        "output": EncodedFileOutput(s3=S3Upload(bucket="b")),
        "request": CreateRoomRequest(),
        "participant": ParticipantInfo(),
        "trunk": SIPInboundTrunkInfo(),
    }


def run(line: str) -> dict[str, Any]:
    found = names()
    exec(line, found)
    return found


@pytest.mark.parametrize("row", [r for r in IDIOMS if r["works"]], ids=lambda r: r["idiom"])
def test_what_works_does_the_same_in_both(row: dict[str, Any]) -> None:
    """The line runs, and leaves the same bytes as with the messages of livekit.protocol."""
    pytest.importorskip("livekit.api")
    ours = run(row["livekit_api"])
    theirs = names()
    for name, value in list(theirs.items()):
        twin = official(value)
        if twin is not None:
            theirs[name] = twin
    exec(row["livekit_api"], theirs)
    for name in ("room", "other", "event", "output", "request", "participant", "trunk"):
        assert ours[name].SerializeToString() == theirs[name].SerializeToString(), name
    for name in ("data", "names", "size", "name", "state"):
        assert ours.get(name) == theirs.get(name), name


def official(value: Any) -> Any:
    """The class or message of livekit.protocol for one of ours, else None."""
    from livekit import api, protocol

    kind = value if isinstance(value, type) else type(value)
    if not hasattr(kind, "__proto__"):
        return None
    places = (api, protocol.models, protocol.room, protocol.sip, protocol.webhook)
    twin = next(getattr(place, kind.__name__) for place in places if hasattr(place, kind.__name__))
    return twin if isinstance(value, type) else twin.FromString(value.to_bytes())


@pytest.mark.parametrize("row", [r for r in IDIOMS if not r["works"]], ids=lambda r: r["idiom"])
def test_what_does_not_work_fails_and_its_replacement_does(row: dict[str, Any]) -> None:
    """No idiom is silently another one: the old line raises, the new one runs."""
    with pytest.raises((AttributeError, TypeError, KeyError, AssertionError)):
        run(row["livekit_api"])
    run(row["lkapi"])
    assert row["why"]
    assert row["find"]


def test_the_page_has_the_same_list() -> None:
    """The migration page and the file for tools say the same."""
    page = PAGE.read_text(encoding="utf-8")
    for row in IDIOMS:
        says = "the same" if row["works"] else f"`{row['lkapi']}`: {row['why']}"
        assert f"| {row['idiom']} | `{row['livekit_api']}` | {says} |" in page
    assert [row["works"] for row in IDIOMS].count(False) == 12
    assert len(IDIOMS) == 32
