"""The guide's snippets run, from first to last, on the embedded server."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

import lkapi
from lkapi.devserver import InProcessTransport, VirtualClock, World
from lkapi.sync.services.egress import EgressService

GUIDE = Path(__file__).parent.parent.parent / "docs" / "services.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A project with somebody in a room; waiting moves its clock."""
    monkeypatch.setenv("LIVEKIT_URL", "http://localhost:7880")
    monkeypatch.setenv("LIVEKIT_API_KEY", "devkey")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")
    made = World("cloud", keys={"devkey": "secret"}, clock=VirtualClock(time.time()))
    token = lkapi.AccessToken("devkey", "secret", identity="ann")
    grants = lkapi.VideoGrants(room_join=True, room="demo")
    made.join(token.with_grants(grants).to_jwt()).publish("mic")
    monkeypatch.setattr(EgressService, "_sleep", lambda _, length: made.clock.advance(length))
    return made


def test_snippets(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They build on each other, as a reader would type them."""
    transport = InProcessTransport(world)
    plain = lkapi.SyncLiveKitAPI
    monkeypatch.setattr(lkapi, "SyncLiveKitAPI", lambda: plain(transport=transport))
    names: dict[str, Any] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, str(GUIDE), "exec"), names)
    assert names["active"].status == lkapi.EgressStatus.EGRESS_ACTIVE
    assert names["stopped"].egress_id == names["egress"].egress_id
    assert names["call"].room_name == "demo"
    assert names["everything"] == []
    printed = capsys.readouterr().out
    assert "http://localhost:3000/template?url=wss%3A%2F%2Fdemo.livekit.cloud&token=ey" in printed
    assert "demo 1" in printed
    assert len(names["rooms"]) == 100
    assert names["results"].ok
    assert "100 of 100" in printed
    assert len(SNIPPETS) == 12


def test_busy_callee_of_the_guide(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The error handling of the guide tells a busy callee."""
    world.callees.busy("+15105550123")
    transport = InProcessTransport(world)
    names: dict[str, Any] = {"lkapi": lkapi, "api": lkapi.SyncLiveKitAPI(transport=transport)}
    (snippet,) = (text for text in SNIPPETS if "create_sip_participant" in text)
    exec(compile(snippet, str(GUIDE), "exec"), names)
    assert "486 Busy Here busy\nworth another try later: True" in capsys.readouterr().out
