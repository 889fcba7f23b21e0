"""The pages of phone numbers and of past sessions, on a server that has them and on one without."""

from __future__ import annotations

import datetime as dt
import json

import lkapi
from lkapi.analytics import SessionDetails, SessionParticipant, SessionSummary
from lkapi.console.pages.analytics.counts import (
    Share,
    by_day,
    by_length,
    by_platform,
    by_region,
    platform_of,
)
from lkapi.devserver import DevServer, InProcessTransport, World, WorldConfig
from lkapi.transports.base import Response
from tests.console.stages import NASTY, join, live_parts, playing, text_of

NUMBER = "+14155550111"


def rule(player, name: str = "desk") -> str:
    transport = InProcessTransport(DevServer(player.world))
    api = lkapi.SyncLiveKitAPI("http://x", "devkey", "secret", transport=transport)
    body = {"name": name, "rule": {"dispatch_rule_direct": {"room_name": "desk"}}}
    return api.sip.create_dispatch_rule(dispatch_rule=body).sip_dispatch_rule_id


def test_numbers_are_searched_bought_changed_and_given_back(console):
    desk = rule(console)
    found = text_of(console.get("/numbers/search", country="us", area="415").text)
    assert f"{NUMBER} local San Francisco, CA, US voice Buy" in found
    assert "No numbers are on offer there" in console.get("/numbers/search", country="DE").text
    asks = console.get("/do/number.purchase", phone_numbers=NUMBER).text
    assert f"Buys {NUMBER}. LiveKit bills it each month" in text_of(asks)
    assert f'<option value="{desk}">desk</option>' in asks
    form = {"phone_numbers": NUMBER, "sip_dispatch_rule_id": desk}
    assert console.post("/do/number.purchase", form).status_code == 200
    (part,) = live_parts(console, console.get("/numbers").text)
    assert "desk" in part
    assert live_parts(console, console.get("/numbers/search", country="US").text)
    assert NUMBER not in console.get("/numbers/search", country="US", area="415").text
    twice = console.post("/do/number.purchase", form)
    assert twice.status_code == 422
    assert "It exists already" in twice.text
    unbound = {"phone_number": NUMBER, "name": "front door", "sip_dispatch_rule_id": ""}
    assert console.post("/do/number.update", unbound).status_code == 200
    (owned,) = console.world.numbers.by_id.values()
    assert (owned.name, list(owned.sip_dispatch_rule_ids)) == ("front door", [])
    asks = console.get("/do/number.release", phone_numbers=NUMBER).text
    assert f"Gives {NUMBER} back. Others can buy it." in text_of(asks)
    assert console.do("number.release", phone_numbers=NUMBER).status_code == 200
    assert "The project has no phone numbers." in console.get("/numbers").text


def test_a_self_hosted_server_has_no_numbers_and_no_analytics():
    with playing(server=DevServer(World("self-hosted"))) as player:
        for path in ("/numbers", "/numbers/search?country=US"):
            page = text_of(player.get(path).text)
            assert "self-hosted servers have none" in page
            assert "inbound trunk" in page
        assert "/numbers/search" not in player.get("/numbers").text
        page = player.get("/analytics", project="p_x").text
        assert 'class="problem"' in page
    calls: list[str] = []

    class Spy:
        async def asend(self, request):
            calls.append(request.url)
            return Response(404, {}, b"")

        async def aclose(self):
            pass

    with playing(url="wss://livekit.example.com", transport=Spy()) as player:
        page = text_of(player.get("/analytics", project="p_x").text)
        assert "This server keeps no analytics" in page
        assert player.get("/analytics/session", project="p_x", id="RM_x").status_code == 404
        assert not any("cloud" in url for url in calls)


def past_world() -> World:
    world = World()
    for name, identity in (("first", "ann"), ("second", "bob")):
        person = join(world, name, identity, name=identity.title())
        world.clock.advance(150)
        person.leave()
    world.clock.advance(60)
    return world


def day_of(session) -> str:
    return dt.datetime.fromtimestamp(session.created_at, dt.timezone.utc).date().isoformat()


def test_sessions_are_counted_filtered_and_shown(monkeypatch):
    monkeypatch.delenv("LIVEKIT_PROJECT_ID", raising=False)
    world = past_world()
    last, first = map(day_of, world.sessions.all())
    days = {"start": first, "end": last}
    with playing(server=DevServer(world)) as player:
        asked = text_of(player.get("/analytics").text)
        assert "Give the id of the project" in asked
        found = text_of(player.get("/analytics", project="p_x", **days, who="ann").text)
        assert f"{first} 1" in found
        assert "first" in found.partition("Egress Session")[2]
        assert "second" not in found.partition("Egress Session")[2]
        assert "are of 1 of 1 session;" in found
        rooms = text_of(player.get("/analytics", project="p_x", **days, room="SEC").text)
        assert "second" in rooms.partition("Egress Session")[2]
        assert f"lkapi analytics sessions --start {first} --end {last} --project-id p_x" in rooms
        sid = next(s.room_id for s in world.sessions.all() if s.room_name == "first")
        page = text_of(player.get("/analytics/session", project="p_x", id=sid).text)
        assert "ann Ann" in page
        assert "microphone" in page
        assert "connection minutes 3" in page
        missing = player.get("/analytics/session", project="p_x", id="RM_nothing").text
        assert 'class="problem"' in missing
        log = player.get("/log", reads="on", q="ListSessions").text
        number = next(
            call.number
            for call in player.app.console.link.log.newest(reads=True)
            if call.row.name == "ListSessions"
        )
        assert "ListSessions" in log
        code = text_of(player.get("/log/call", number=str(number)).text)
        assert "await api.analytics.list_sessions(project_id='p_x'" in code


def test_days_that_make_no_sense_are_told(console):
    for query, words in (
        ({"start": "soon"}, "is not a day: write 2026-01-31"),
        ({"start": "2026-02-02", "end": "2026-02-01"}, "The first day is after the last one"),
        ({"start": "2020-01-01", "end": "2026-02-01"}, "There are more than 92 days"),
    ):
        page = text_of(console.get("/analytics", project="p_x", **query).text)
        assert words in page


def test_a_plan_without_analytics_is_told():
    with playing(server=DevServer(World(config=WorldConfig(analytics=False)))) as player:
        page = text_of(player.get("/analytics", project="p_x").text)
        assert "The plan of this project does not include this" in page


def test_what_sessions_say_stays_text():
    evil = {"participantIdentity": NASTY, "participantName": NASTY, "browser": "<b>", "os": NASTY,
            "region": NASTY, "sdkVersion": NASTY, "location": "<b>", "connectionType": "<b>",
            "publishedSources": {"cameraTrack": True}}  # fmt: skip
    start, quality = "2026-08-01T10:00:00Z", [{"timestamp": "2026-08-01T10:00:05Z", "value": 4.5}]

    class Cloud:
        async def asend(self, request):
            one = {"roomId": "RM_x", "roomName": NASTY, "startTime": start, "participants": [evil],
                   "quality": quality}  # fmt: skip
            many = {"sessions": [{"sessionId": "RM_x", "roomName": NASTY, "createdAt": start}]}
            body = one if "/sessions/" in request.url else many
            return Response(200, {"content-type": "application/json"}, json.dumps(body).encode())

        async def aclose(self):
            pass

    with playing(transport=Cloud()) as player:
        query = {"project": "p_x", "start": "2026-08-01", "end": "2026-08-02"}
        pages = [
            player.get("/analytics", **query, who=NASTY[:5]),
            player.get("/analytics/session", project="p_x", id="RM_x"),
            player.get("/analytics", project=NASTY, room=NASTY, who=NASTY),
        ]
        for page in pages:
            assert page.status_code == 200
            for text in (page.text, *live_parts(player, page.text)):
                assert "<img src=x" not in text
                assert "<script>window" not in text
                assert "<b>" not in text
        assert "quality-table" in pages[1].text
        assert 'class="plot"' in pages[1].text


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


def test_counts_of_sessions():
    day = moment("2026-08-02T12:00:00")
    sessions = [
        SessionSummary(session_id="a", created_at=day, ended_at=day + dt.timedelta(seconds=59)),
        SessionSummary(session_id="b", created_at=day, ended_at=day + dt.timedelta(hours=5)),
        SessionSummary(session_id="c", created_at=day - dt.timedelta(days=1)),
        SessionSummary(session_id="d"),
    ]
    people = [
        SessionParticipant(browser="Chrome 120", os="macOS 14", region="eu"),
        SessionParticipant(sdk_version="Swift 2.1", device_model="iPhone", region="us"),
        SessionParticipant(browser="Chrome 121", os="macOS 13", region="eu"),
        SessionParticipant(),
    ]
    details = [
        SessionDetails(room_id="a", start_time=day, connection_minutes=2.5, participants=(*people,))
    ]
    days = by_day(sessions, details, dt.date(2026, 7, 31), dt.date(2026, 8, 2))
    assert [(one.sessions, one.minutes) for one in days] == [(0, 0), (1, 0), (2, 2.5)]
    assert days[2].at == moment("2026-08-02T00:00:00").timestamp()
    lengths = by_length(sessions, day)
    assert [one.count for one in lengths] == [1, 0, 0, 0, 0, 2]
    assert by_platform(details) == [
        Share("Chrome on macOS", 2), Share("Swift on iPhone", 1), Share("not told", 1),
    ]  # fmt: skip
    assert [one.name for one in by_region(details)] == ["eu", "not told", "us"]
    many = [SessionDetails(participants=tuple(
        SessionParticipant(region=f"r{n:02}") for n in range(20)))]  # fmt: skip
    assert by_region(many)[-1] == Share("others", 8)
    assert platform_of(SessionParticipant(os="Linux")) == "Linux"
