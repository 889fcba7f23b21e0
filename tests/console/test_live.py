"""Live changes: the store, the one poller, webhooks, and what /live tells."""

from __future__ import annotations

import asyncio

import pytest

import lkapi
from lkapi.console.console import Console
from lkapi.console.history import History
from lkapi.console.pages import all_pages
from lkapi.console.poller import Poller
from lkapi.console.settings import ConsoleSettings
from lkapi.console.store import Source, Store
from lkapi.devserver import DevServer, InProcessTransport, World
from lkapi.methods.room import CREATE_ROOM
from tests.console.stages import KEY, SECRET, join, playing


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Reads:
    """A source that counts how often it was read, and fails on demand."""

    def __init__(self) -> None:
        self.count = 0
        self.value = 0
        self.error: Exception | None = None
        self.takes = 0.0
        self.clock = Clock()

    async def read(self, link, argument):
        self.count += 1
        self.clock.now += self.takes
        if self.error is not None:
            raise self.error
        return self.value


def make(reads: Reads, **source):
    store = Store(None, [Source(name="rooms", read=reads.read, **source)], now=reads.clock)
    return store, Poller(store, now=reads.clock)


async def pass_time(poller: Poller, clock: Clock, seconds: float, watch=()) -> None:
    """Let time pass as the poller does, in steps of a tenth of a second."""
    for _ in range(round(seconds * 10)):
        if watch:
            poller.want(watch)
        await poller.read_due()
        clock.now += 0.1


async def test_however_many_pages_look_it_is_read_once_a_second():
    reads = Reads()
    _, poller = make(reads)
    await pass_time(poller, reads.clock, 10, ["rooms"] * 40)
    assert 9 <= reads.count <= 11


async def test_it_backs_off_when_nobody_looks_and_stops_after_an_hour():
    reads = Reads()
    _, poller = make(reads)
    await pass_time(poller, reads.clock, 1, ["rooms"])
    await pass_time(poller, reads.clock, 20)
    before = reads.count
    await pass_time(poller, reads.clock, 60)
    assert 3 <= reads.count - before <= 5
    await pass_time(poller, reads.clock, 3700)
    before = reads.count
    await pass_time(poller, reads.clock, 600)
    assert reads.count == before
    assert poller._next_in() is None
    await pass_time(poller, reads.clock, 0.2, ["rooms"])
    assert reads.count == before + 1


async def test_somebody_who_comes_back_does_not_wait():
    reads = Reads()
    _, poller = make(reads)
    await pass_time(poller, reads.clock, 1, ["rooms"])
    await pass_time(poller, reads.clock, 400)
    before = reads.count
    await pass_time(poller, reads.clock, 0.1, ["rooms"])
    assert reads.count == before + 1 or poller._next_in() < 1


async def test_a_slow_server_is_asked_less_often():
    reads = Reads()
    reads.takes = 0.5
    _, poller = make(reads)
    await pass_time(poller, reads.clock, 20, ["rooms"])
    assert reads.count <= 5


@pytest.mark.parametrize(("retry_after", "rests"), [(30.0, 30.0), (None, 2.0)])
async def test_a_server_that_says_429_is_left_alone(retry_after, rests):
    reads = Reads()
    _, poller = make(reads)
    reads.error = lkapi.ResourceExhaustedError(
        "resource_exhausted", "slow down", status=429, retry_after=retry_after
    )
    await pass_time(poller, reads.clock, 0.1, ["rooms"])
    assert reads.count == 1
    assert poller.paused == pytest.approx(rests, abs=0.2)
    await pass_time(poller, reads.clock, rests - 0.5, ["rooms"])
    assert reads.count == 1
    reads.error = None
    await pass_time(poller, reads.clock, 7, ["rooms"])
    assert reads.count > 1


async def test_a_webhook_has_it_read_at_once_but_a_storm_does_not_flood():
    reads = Reads()
    _, poller = make(reads, every=30.0, events=("room", "participant"))
    await pass_time(poller, reads.clock, 0.5, ["rooms"])
    assert reads.count == 1
    poller.expire(event="egress_started")
    await pass_time(poller, reads.clock, 0.1)
    assert reads.count == 1
    for _ in range(100):
        poller.expire(event="participant_joined")
        await pass_time(poller, reads.clock, 0.1)
    assert 2 <= reads.count <= 60


async def test_a_version_changes_with_the_value_and_with_the_problem():
    reads = Reads()
    store, _ = make(reads)
    versions = []
    for value, error in ((0, None), (0, None), (1, None), (1, lkapi.ConnectError("x")),
                         (1, lkapi.ConnectError("x")), (1, None)):  # fmt: skip
        reads.value, reads.error = value, error
        reading = await store.read("rooms")
        versions.append(reading.version)
        assert (reading.problem is not None) == (error is not None)
    assert versions == [1, 1, 2, 3, 3, 4]
    assert store.get("rooms").value == 1


async def test_a_page_does_not_show_what_is_old():
    reads = Reads()
    store, _ = make(reads)
    await store.get_or_read("rooms")
    reads.value = 1
    assert (await store.get_or_read("rooms")).value == 0
    store.expire(["rooms"])
    assert (await store.get_or_read("rooms")).value == 1
    reads.value = 2
    reads.clock.now += 60
    assert (await store.get_or_read("rooms")).value == 2


async def test_a_fault_of_one_source_does_not_end_the_reading(caplog, monkeypatch):
    monkeypatch.setattr("lkapi.console.poller._AFTER_A_FAULT", 0.0)
    reads = Reads()
    reads.error = RuntimeError("a bug")
    store, _ = make(reads)
    poller = Poller(store)
    poller.start()
    poller.want(["rooms"])
    while reads.count < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    reads.error = None
    while store.get("rooms").value is None:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await poller.aclose()
    assert "poller failed" in caplog.text


def test_history_is_bounded_and_has_steps():
    history = History()
    for second in range(2 * 3600):
        history.add(float(second), rooms=second, people=1)
    assert len(history) <= 721
    times, rooms, egress = history.columns("rooms", "egress")
    assert times[-1] - times[0] <= 3600
    assert rooms[-1] == 7199
    assert set(egress) == {None}


def test_live_tells_versions_and_has_topics_read(console):
    first = console.get("/live?topic=rooms&topic=log&topic=nonsense").json()
    assert first["versions"].keys() == {"rooms", "log", "nonsense"}
    console.get("/rooms")
    before = console.get("/live", topic="rooms").json()["versions"]["rooms"]
    console.world.create_room(lkapi.CreateRoomRequest(name="new"))
    console.do("room.create", name="other")
    assert "other" in console.part("/rooms", "table").text
    assert console.get("/live", topic="rooms").json()["versions"]["rooms"] > before
    assert console.get("/live", topic="log").json()["versions"]["log"] == 1
    assert console.get("/plots").json()["names"] == ["time", "rooms", "people", "egress", "calls"]


def test_a_signed_webhook_is_heard_and_others_are_refused(console):
    from lkapi.webhook import sign_event, sign_webhook

    event = lkapi.WebhookEvent(event="room_started", id="EV_1", room=lkapi.Room(name="demo"))
    good = sign_event(event, KEY, SECRET)
    headers = {**good.headers, "host": "host.docker.internal:7890"}
    console.client.cookies.clear()
    post = console.client.post
    assert post("/webhook", content=good.body, headers=headers).status_code == 204
    assert post("/webhook", content=good.body + b" ", headers=headers).status_code == 401
    assert post("/webhook", content=good.body).status_code == 401
    other = sign_event(event, KEY, "another")
    assert post("/webhook", content=other.body, headers=other.headers).status_code == 401
    assert post("/webhook", content=b"x" * 1_000_001, headers=headers).status_code == 413
    nonsense = {"authorization": sign_webhook(b"[]", KEY, SECRET)}
    assert post("/webhook", content=b"[]", headers=nonsense).status_code == 400
    console.enter()
    page = console.get("/webhooks").text
    assert "room_started" in page
    assert "4 deliveries were refused" in page


def test_a_console_with_a_token_verifies_nothing():
    with playing(api_key="", api_secret="", token="x.y.z") as player:
        assert player.client.post("/webhook", content=b"{}").status_code == 503
        assert "no key to verify" in player.get("/webhooks").text
        assert "no API key to sign" in player.get("/tokens").text


async def test_the_stage_tells_without_polling():
    server = DevServer(World())
    settings = ConsoleSettings(url="http://x", api_key=KEY, api_secret=SECRET)
    sources = [source for page in all_pages() for source in page.sources]
    from lkapi.console.console import Stage
    from lkapi.console.stage.attached import attach

    console = Console(settings, sources, stage=Stage(server=server),
                      transport=InProcessTransport(DevServer(server.world)))  # fmt: skip
    detach = attach(console)
    await asyncio.to_thread(join, server.world, "demo", "ann")
    client = lkapi.LiveKitAPI("http://x", KEY, "wrong", transport=InProcessTransport(server))
    with pytest.raises(lkapi.UnauthenticatedError):
        await client.room.list_rooms()
    await asyncio.sleep(0)
    names = [one.event.event for one in console.heard]
    assert names == ["room_started", "participant_joined", "track_published"]
    assert [served.status for _, _, served in console.served] == [401]
    detach()
    join(server.world, "demo", "bob")
    await asyncio.sleep(0)
    assert len(console.heard) == 3
    await console.aclose()


async def test_rooms_and_calls_share_the_list_of_rooms():
    server, clock = DevServer(World()), Clock()
    settings = ConsoleSettings(url="http://x", api_key=KEY, api_secret=SECRET)
    sources = [source for page in all_pages() for source in page.sources]
    transport = InProcessTransport(server)
    console = Console(settings, sources, transport=transport, now=clock)
    count = lambda: server.faults.count("RoomService/ListRooms")  # noqa: E731
    await console.store.read("rooms")
    await console.store.read("calls")
    assert count() == 1
    clock.now += 2
    await console.store.read("calls")
    assert count() == 2
    console.hear(lkapi.WebhookEvent(event="participant_joined"))
    await console.store.read("calls")
    assert count() == 3
    await console.link.call(CREATE_ROOM, lkapi.CreateRoomRequest(name="new"))
    await console.store.read("calls")
    assert count() == 4
    await console.aclose()


def test_what_pages_show_is_read_each_second():
    from lkapi.console.pages import all_pages

    shown = [source for page in all_pages() for source in page.sources if page.name != "overview"]
    names = {source.name for source in shown if source.every <= 1.0}
    assert {"egress", "egress-one", "ingress", "ingress-one", "dispatches"} <= names
    assert {"room-egress", "room-ingress", "room-dispatches"} <= names
    soon = {source.name for page in all_pages() for source in page.sources if source.every <= 1.5}
    assert {"calls", "sip-inbound", "sip-outbound", "sip-rules", "numbers"} <= soon
