"""Programs written for livekit.api run on lkapi: after one changed line, or with the alias."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lkapi.methods import agent_dispatch, egress, room, sip
from lkapi.protocol.agent_dispatch import AgentDispatch, ListAgentDispatchResponse
from lkapi.protocol.egress import EgressInfo, ListEgressResponse
from lkapi.protocol.models import ListUpdate, Room
from lkapi.protocol.room import DeleteRoomResponse, ListRoomsResponse
from lkapi.protocol.sip import (
    ListSIPDispatchRuleResponse,
    SIPDispatchRule,
    SIPDispatchRuleCallee,
    SIPDispatchRuleDirect,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
    TransferSIPParticipantResponse,
)
from lkapi.transports.base import Request
from tests.services.fake_server import KEY, SECRET, FakeServer, refusal

PROGRAMS = Path(__file__).parent.parent / "programs"
ALIAS = "import lkapi.alias\n\nlkapi.alias.install()\n"
"""The two lines of the migration guide."""


@pytest.fixture
def url(server: FakeServer) -> Iterator[str]:
    """The fake server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = f"http://localhost{self.path}"
            answer = server.send(Request("POST", asked, headers, self.rfile.read(length)))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listener.server_port}"
        listener.shutdown()
        thread.join()


def run(program: str, how: str, url: str) -> list[str]:
    """Run a program in a fresh interpreter and give the lines that it prints."""
    text = (PROGRAMS / f"{program}.py").read_text()
    future = "from __future__ import annotations\n"
    if how == "alias":
        text = text.replace(future, future + ALIAS)
    else:
        text = re.sub(r"from livekit import api\b", "import lkapi as api", text)
        text = re.sub(r"from livekit\.(api|protocol)", _ours, text)
    environ = os.environ | {
        "LIVEKIT_URL": url,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", text],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _ours(found: re.Match[str]) -> str:
    return "from lkapi" if found[1] == "api" else "from lkapi.protocol"


ways = pytest.mark.parametrize("how", ["changed import", "alias"])


@ways
def test_agent_dispatch(how: str, server: FakeServer, url: str) -> None:
    """Dispatches by API and by token."""
    made = AgentDispatch(id="AD_1", room="my-room")
    server.on(agent_dispatch.CREATE_DISPATCH, made)
    server.on(agent_dispatch.LIST_DISPATCH, ListAgentDispatchResponse(agent_dispatches=[made]))
    server.on(agent_dispatch.DELETE_DISPATCH, made)
    assert run("agent_dispatch", how, url) == [
        "made AD_1",
        "there are 1",
        "found True",
        "token for my_participant test-agent",
    ]
    (request,) = server.sent(agent_dispatch.CREATE_DISPATCH)
    assert (request.agent_name, request.metadata) == ("test-agent", '{"user": 1}')


@ways
def test_dispatch_rules(how: str, server: FakeServer, url: str) -> None:
    """Rules of each kind, replaced and changed under the old names."""
    rules = [
        SIPDispatchRule(dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix="call-")),
        SIPDispatchRule(
            dispatch_rule_direct=SIPDispatchRuleDirect(room_name="open-room", pin="1212")
        ),
        SIPDispatchRule(dispatch_rule_callee=SIPDispatchRuleCallee(room_prefix="number-")),
    ]
    infos = [
        SIPDispatchRuleInfo(sip_dispatch_rule_id=f"SDR_{n}", rule=r) for n, r in enumerate(rules)
    ]
    server.on(sip.CREATE_SIP_DISPATCH_RULE, *infos)
    server.on(sip.LIST_SIP_DISPATCH_RULE, ListSIPDispatchRuleResponse(items=infos))
    server.on(sip.UPDATE_SIP_DISPATCH_RULE, infos[1])
    assert run("dispatch_rules", how, url) == [
        "made SDR_0 dispatch_rule_individual",
        "made SDR_1 dispatch_rule_direct",
        "made SDR_2 dispatch_rule_callee",
        "there are 3",
        "changed SDR_1",
    ]
    assert [
        request.dispatch_rule.rule for request in server.sent(sip.CREATE_SIP_DISPATCH_RULE)
    ] == rules
    replaced, changed = server.sent(sip.UPDATE_SIP_DISPATCH_RULE)
    assert replaced.replace.name == "replaced"
    assert changed.update.trunk_ids == ListUpdate(add=["ST_1"])
    assert changed.update.attributes == {"language": ""}


@ways
def test_cold_transfer(how: str, server: FakeServer, url: str) -> None:
    """The error handling of the documentation finds what it looks for."""
    busy = refusal(429, "resource_exhausted", "no", sip_status_code="486", sip_status="Busy Here")
    server.on(sip.TRANSFER_SIP_PARTICIPANT, TransferSIPParticipantResponse(transfer_id="T_1"), busy)
    assert run("cold_transfer", how, url) == [
        "answered T_1",
        "failed resource_exhausted 486",
        "busy True",
    ]


@ways
def test_egress(how: str, server: FakeServer, url: str) -> None:
    """Every kind of recording goes out as written."""
    started = EgressInfo(egress_id="EG_1")
    for row in (
        egress.START_ROOM_COMPOSITE_EGRESS,
        egress.START_WEB_EGRESS,
        egress.START_PARTICIPANT_EGRESS,
        egress.START_TRACK_COMPOSITE_EGRESS,
        egress.START_TRACK_EGRESS,
        egress.UPDATE_STREAM,
        egress.UPDATE_LAYOUT,
        egress.STOP_EGRESS,
    ):
        server.on(row, started)
    server.on(egress.LIST_EGRESS, ListEgressResponse(items=[started]))
    assert run("egress", how, url) == ["composite EG_1", "running 1"]
    (composite,) = server.sent(egress.START_ROOM_COMPOSITE_EGRESS)
    assert composite.segment_outputs[0].s3.secret == "SK"
    (web,) = server.sent(egress.START_WEB_EGRESS)
    assert (web.advanced.key_frame_interval, web.stream_outputs[0].urls[1]) == (2.0, "rtmp://b")
    (participant,) = server.sent(egress.START_PARTICIPANT_EGRESS)
    assert participant.image_outputs[0].filename_suffix == 1
    (stream,) = server.sent(egress.UPDATE_STREAM)
    assert (stream.egress_id, stream.add_output_urls) == ("EG_1", ["rtmp://new"])


@ways
def test_rooms(how: str, server: FakeServer, url: str) -> None:
    """The parameter names of the official methods are taken too."""
    server.on(room.CREATE_ROOM, Room(name="my-room"))
    server.on(room.LIST_ROOMS, ListRoomsResponse(rooms=[Room(name="my-room")]))
    server.on(room.DELETE_ROOM, DeleteRoomResponse())
    server.on(room.GET_PARTICIPANT, refusal(404, "not_found"))
    assert run("rooms", how, url) == ["room my-room", "there are 1", "failed not_found 404"]


@ways
def test_token_endpoint(how: str, url: str) -> None:
    """A token made from the body of a request, a plain dict for the room included."""
    assert run("token_endpoint", how, url) == ["token quickstart-identity r bot"]


def test_programs_are_all_run() -> None:
    """Each program has its test."""
    tests: dict[str, Any] = globals()
    assert all(f"test_{path.stem}" in tests for path in PROGRAMS.glob("[a-z]*.py"))


def test_the_guide_shows_these_lines() -> None:
    """What the tests put before a program is what the migration guide tells to put there."""
    guide = (PROGRAMS.parent.parent / "docs" / "migrating.md").read_text()
    assert f"```python\n{ALIAS}```" in guide
