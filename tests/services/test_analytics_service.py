"""Analytics: plain GETs with the right token, days and pages checked, refusals understood."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import lkapi
from lkapi.transports.base import Response
from tests.services.fake_server import Face, FakeServer, claims, make_face

LIST = "/api/project/p_1/sessions"


def page(*ids: str) -> Response:
    body = {"sessions": [{"sessionId": name} for name in ids]}
    return Response(200, {"content-type": "application/json"}, json.dumps(body).encode())


def query(server: FakeServer, index: int = -1) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(server.requests[index].url).query))


async def test_a_list_is_a_plain_get(face: Face, server: FakeServer) -> None:
    """It goes to the Cloud API with ``roomList`` and nothing of Twirp."""
    server.on(LIST, page("RM_a", "RM_b"))
    found = await face.call(
        face.api.analytics.list_sessions,
        project_id="p_1",
        limit=2,
        page=0,
        start=dt.date(2024, 1, 12),
        end="2024-01-13",
    )
    assert [session.session_id for session in found] == ["RM_a", "RM_b"]
    (request,) = server.requests
    assert request.method == "GET"
    assert request.url.startswith(f"https://cloud-api.livekit.io{LIST}?")
    assert request.content == b""
    assert request.headers["content-type"] == "application/json"
    assert "x-twirp-timeout-ms" not in request.headers
    assert claims(request)["video"] == {"roomList": True}
    assert query(server) == {"limit": "2", "page": "0", "start": "2024-01-12", "end": "2024-01-13"}


async def test_nothing_asked_nothing_sent(
    face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without filters there is no query; the project may come from the environment."""
    monkeypatch.setenv("LIVEKIT_PROJECT_ID", "p_1")
    server.on(LIST, page())
    assert list(await face.call(face.api.analytics.list_sessions)) == []
    assert server.requests[0].url == f"https://cloud-api.livekit.io{LIST}"


async def test_no_project(face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a project the way to name one is told."""
    monkeypatch.delenv("LIVEKIT_PROJECT_ID", raising=False)
    with pytest.raises(ValueError, match="project_id= or set LIVEKIT_PROJECT_ID"):
        await face.call(face.api.analytics.list_sessions)
    assert not server.requests


async def test_ids_are_escaped(face: Face, server: FakeServer) -> None:
    """An id cannot lead to another path."""
    server.on("/api/project/p%2F1/sessions/..%2Fx", Response(200, {}, b'{"roomId": "RM_a"}'))
    found = await face.call(face.api.analytics.get_session, "../x", project_id="p/1")
    assert found.room_id == "RM_a"


async def test_an_empty_id(face: Face) -> None:
    """It would list all sessions instead."""
    with pytest.raises(ValueError, match="session_id is empty"):
        await face.call(face.api.analytics.get_session, "", project_id="p_1")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"limit": 0}, "limit must be more than 0"),
        ({"page": -1}, "page must be 0 or more"),
        ({"start": "2024-02-30"}, "start '2024-02-30' is not a date: write YYYY-MM-DD"),
        ({"end": "tomorrow"}, "end 'tomorrow' is not a date: write YYYY-MM-DD"),
        ({"start": "2024-01-02", "end": dt.date(2024, 1, 1)}, "end 2024-01-01 is before start"),
    ],
)
async def test_filters_without_sense(
    fields: dict[str, Any], told: str, face: Face, server: FakeServer
) -> None:
    """They are refused before anything is sent."""
    with pytest.raises(ValueError, match=told):
        await face.call(face.api.analytics.list_sessions, project_id="p_1", **fields)
    assert not server.requests


async def test_a_time_stands_for_its_day(face: Face, server: FakeServer) -> None:
    """A datetime is taken as its day in UTC."""
    server.on(LIST, page())
    late = dt.datetime(2024, 1, 1, 23, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    await face.call(face.api.analytics.list_sessions, project_id="p_1", start=late)
    assert query(server) == {"start": "2024-01-02"}


async def test_walking_over_all_pages(face: Face, server: FakeServer) -> None:
    """Pages are asked for by number until one is not full."""
    server.on(LIST, page("a", "b"), page("c", "d"), page())
    pager = face.api.analytics.iter_sessions(project_id="p_1", limit=2, start="2024-01-01")
    assert [session.session_id for session in await face.items(pager)] == ["a", "b", "c", "d"]
    assert [query(server, n)["page"] for n in range(3)] == ["0", "1", "2"]
    assert query(server) == {"limit": "2", "page": "2", "start": "2024-01-01"}


async def test_walking_checks_at_once(face: Face) -> None:
    """A walk without sense is refused when it is made."""
    with pytest.raises(ValueError, match="limit must be more than 0"):
        face.api.analytics.iter_sessions(project_id="p_1", limit=0)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "body",
    [
        b"Analytics is available on the Scale plan and higher",
        b'{"error": "requires a Scale Plan"}',
        b'{"code": "permission_denied", "msg": "scale plan required"}',
    ],
)
async def test_plan_restriction(status: int, body: bytes, face: Face, server: FakeServer) -> None:
    """A refusal that is about the plan is its own error, whatever its form."""
    server.on(LIST, Response(status, {"content-type": "text/plain"}, body))
    with pytest.raises(lkapi.PlanError, match=r"(?i)scale plan") as caught:
        await face.call(face.api.analytics.list_sessions, project_id="p_1")
    error = caught.value
    assert isinstance(error, lkapi.CredentialsError)
    assert (error.status, error.method) == (status, "Analytics/ListSessions")
    assert error.request_id
    assert len(error.attempts) == 1
    assert "{" not in error.message


async def test_other_refusals(face: Face, server: FakeServer) -> None:
    """Others are the errors of their status, with the words of the API."""
    server.on(LIST, Response(403, {}, b'{"message": "wrong project"}'))
    with pytest.raises(lkapi.PermissionDeniedError, match="wrong project") as caught:
        await face.call(face.api.analytics.list_sessions, project_id="p_1")
    assert not isinstance(caught.value, lkapi.PlanError)
    server.on(LIST, Response(500, {}, b'["odd"]'))
    with pytest.raises(lkapi.APIError, match="odd"):
        await face.call(face.api.analytics.list_sessions, project_id="p_1")
    server.on(LIST, Response(500, {}, b'{"odd": 1}'))
    with pytest.raises(lkapi.APIError, match="odd"):
        await face.call(face.api.analytics.list_sessions, project_id="p_1")


async def test_an_unusable_answer(face: Face, server: FakeServer) -> None:
    """A 200 that is no list of sessions is a DecodeError that names the call."""
    server.on(LIST, Response(200, {}, b"<html>"))
    with pytest.raises(lkapi.DecodeError, match="not JSON") as caught:
        await face.call(face.api.analytics.list_sessions, project_id="p_1")
    assert caught.value.method == "Analytics/ListSessions"


async def test_reads_are_tried_again(kind: str, server: FakeServer) -> None:
    """Analytics has the attempts, the deadline and the records of any other call."""
    retry = lkapi.RetryPolicy(attempts=2, first_wait=0.0, max_wait=0.0)
    face = make_face(kind, server, retry=retry)
    server.on(LIST, Response(503, {}, b"later"), page("a"))
    with face.api.record_calls() as calls:
        found = await face.call(face.api.analytics.list_sessions, project_id="p_1", timeout=20)
    assert [session.session_id for session in found] == ["a"]
    (record,) = calls
    assert (record.method, len(record.attempts)) == ("Analytics/ListSessions", 2)
    assert record.region == "cloud-api.livekit.io"
    assert len({request.headers["x-livekit-request-id"] for request in server.requests}) == 1


async def test_a_local_project_stands_for_itself(kind: str, server: FakeServer) -> None:
    """Against a server on this machine, analytics are asked there."""
    face = make_face(kind, server, "http://localhost:7880")
    server.on(LIST, page("a"))
    await face.call(face.api.analytics.list_sessions, project_id="p_1")
    assert server.requests[0].url == f"http://localhost:7880{LIST}"


async def test_without_cattrs(
    face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra, the error says what to install, and nothing is asked."""
    monkeypatch.delitem(sys.modules, "lkapi.analytics.reading", raising=False)
    monkeypatch.delattr(lkapi.analytics, "reading", raising=False)
    monkeypatch.setitem(sys.modules, "cattrs", None)
    for method, args in (("list_sessions", ()), ("get_session", ("RM_a",))):
        with pytest.raises(lkapi.SettingsError, match="the extra 'analytics'"):
            await face.call(getattr(face.api.analytics, method), *args, project_id="p_1")
    assert not server.requests


async def test_another_missing_module(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is not mistaken for a missing extra."""
    monkeypatch.delitem(sys.modules, "lkapi.analytics.reading", raising=False)
    monkeypatch.delattr(lkapi.analytics, "reading", raising=False)
    monkeypatch.setitem(sys.modules, "lkapi.analytics.sessions", None)
    with pytest.raises(ModuleNotFoundError, match=r"lkapi\.analytics"):
        await face.call(face.api.analytics.list_sessions, project_id="p_1")
