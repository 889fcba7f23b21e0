"""Signed webhooks for what happens in a world, delivered in this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

import pytest

from lkapi.devserver import Webhooks, WebhookSettings, World, WorldConfig
from lkapi.errors import SettingsError
from lkapi.protocol.egress import EgressInfo, WebEgressRequest
from lkapi.protocol.models import FilterParams, WebhookConfig
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import DeliveryRules
from tests.devserver.calls import START, Server
from tests.devserver.inboxes import URL, Inbox
from tests.devserver.service_calls import ServiceServer

EXTRA = "http://extra.test/x"


def test_events_arrive_signed_and_in_order() -> None:
    """A visit as the receiver sees it: what LiveKit would post, until ``close``."""
    server, inbox = Server(), Inbox()
    hooks = server.world.events.deliver_to(inbox.post, URL)
    server.join().leave()
    assert inbox.posts == []
    hooks.flush()
    found = inbox.verified(server)
    assert [(url, key, event.event) for url, key, event in found] == [
        (URL, "devkey", "room_started"),
        (URL, "devkey", "participant_joined"),
        (URL, "devkey", "participant_left"),
    ]
    assert [event for _, _, event in found] == server.world.events.all()
    hooks.close()
    hooks.close()
    server.world.close_room("demo")
    hooks.flush()
    assert len(inbox.posts) == 3


def test_headers_are_those_that_were_recorded() -> None:
    """54: the bare token, LiveKit's content type and user agent."""
    server, inbox = Server(), Inbox()
    hooks = server.world.events.deliver_to(inbox.post)
    server.join()
    hooks.flush()
    _, headers, _ = inbox.posts[0]
    assert headers["Content-Type"] == "application/webhook+json"
    assert headers["User-Agent"] == "LiveKit"
    assert headers["Authorization"].count(".") == 2
    assert " " not in headers["Authorization"]


def test_an_aborted_join_is_one_event() -> None:
    """56: who leaves before media is up neither joined nor left."""
    server, inbox = Server(), Inbox()
    hooks = server.world.events.deliver_to(inbox.post)
    server.join(active=False).leave()
    hooks.flush()
    assert inbox.names() == ["room_started", "participant_connection_aborted"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_failures_are_repeated_unchanged(status: int) -> None:
    """57: same id, body and token after 1 and 2 s; later events of the room wait, others go."""
    server, inbox = Server(), Inbox()
    seen: list[tuple[float, str, str]] = []
    failures = [status, status]

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        inbox.post(url, headers, body)
        event = WebhookEvent.from_json(body)
        assert event.room is not None
        seen.append((server.clock.now() - START, event.event, event.room.name))
        broken = (event.event, event.room.name) == ("room_started", "a") and failures
        return failures.pop() if broken else 200

    hooks = server.world.events.deliver_to(post)
    server.join("ann", "a")
    server.join("bob", "b")
    hooks.flush()
    assert [(at, name) for at, name, room in seen if room == "a"] == [
        (0, "room_started"),
        (1, "room_started"),
        (3, "room_started"),
        (3, "participant_joined"),
    ]
    others = [(at, name) for at, name, room in seen if room == "b"]
    assert others == [(0, "room_started"), (0, "participant_joined")]
    sent = zip(inbox.posts, seen, strict=True)
    broken = [
        (h["Authorization"], b) for (_, h, b), (_, *what) in sent if what == ["room_started", "a"]
    ]
    assert len(broken) == 3
    assert len(set(broken)) == 1
    assert (hooks.pending, hooks.dropped) == (0, 0)
    inbox.verified(server)


@pytest.mark.parametrize("status", [404, 400, 401, 501])
def test_other_refusals_are_final(status: int) -> None:
    """57: sent once, and the next event of the room goes at once."""
    server, inbox = Server(), Inbox(status)
    hooks = server.world.events.deliver_to(inbox.post)
    server.join()
    hooks.flush()
    assert inbox.names() == ["room_started", "participant_joined"]
    assert (hooks.pending, hooks.dropped) == (0, 1)


def test_without_a_virtual_clock_nobody_waits() -> None:
    """``flush`` passes over the waits between attempts, and the receiver gets all five."""
    world, inbox = World(), Inbox(*[500] * 5)
    hooks = world.events.deliver_to(inbox.post)
    world.events.emit(WebhookEvent(event="room_started"))
    hooks.flush()
    assert len(inbox.posts) == DeliveryRules().attempts == 5
    assert (hooks.pending, hooks.dropped) == (0, 1)


def test_what_is_too_late_or_too_much_is_dropped() -> None:
    """An event is dropped after 30 s in the queue, or when 200 wait for its room."""
    server, inbox = Server(), Inbox()
    hooks = server.world.events.deliver_to(inbox.post)
    server.join()
    server.clock.advance(31)
    hooks.flush()
    assert (inbox.posts, hooks.dropped) == ([], 2)
    ann = server.join("ann", "full")
    for _ in range(150):
        ann.unpublish(ann.publish("mic").sid)
    server.join("bob", "other")
    hooks.flush()
    assert len(inbox.posts) == 200 + 2
    assert hooks.dropped == 2 + 102
    assert len({body["id"] for body in inbox.bodies()}) == 202


async def test_an_asynchronous_receiver() -> None:
    """A coroutine function is called by ``aflush``; threads and ``flush`` refuse it."""
    server, inbox = Server(), Inbox(503)
    hooks = server.world.events.deliver_to(inbox.apost)
    server.join()
    await hooks.aflush()
    assert inbox.names() == ["room_started", "room_started", "participant_joined"]
    with pytest.raises(SettingsError, match="aflush"):
        hooks.flush()
    with pytest.raises(SettingsError, match="aflush"):
        hooks.start()


def test_what_is_due_happens_before_delivery() -> None:
    """Rooms whose time is over end without another call."""
    server, inbox = Server(), Inbox()
    server.call("CreateRoom", {"name": "demo", "empty_timeout": 10})
    hooks = server.world.events.deliver_to(inbox.post)
    server.clock.advance(60)
    hooks.flush()
    assert inbox.names() == ["room_finished"]


def test_nothing_starts_a_thread_unasked() -> None:
    """Neither construction nor delivery nor the context manager."""
    server, inbox = Server(webhooks=[URL]), Inbox()
    before = threading.active_count()
    with server.world.events.deliver_to(inbox.post) as hooks:
        server.join()
        hooks.flush()
        assert threading.active_count() == before
    assert len(inbox.posts) == 2


def test_configured_urls_keys_and_filters() -> None:
    """URLs, keys and filters come from the configuration; include wins over exclude."""
    server = Server(
        webhooks=[
            URL,
            WebhookSettings("http://b.test", "devkey", include_events=["room_started"]),
            WebhookSettings(
                "http://c.test",
                include_events=["participant_joined"],
                exclude_events=["participant_joined"],
            ),
            WebhookSettings("http://d.test", exclude_events=["participant_joined"]),
        ],
        webhook_api_key="otherkey",
    )
    inbox = Inbox()
    hooks = Webhooks(server.world, post=inbox.post)
    server.join()
    hooks.flush()
    shown = [(url, key, event.event) for url, key, event in inbox.verified(server)]
    assert sorted(shown) == [
        (URL, "otherkey", "participant_joined"),
        (URL, "otherkey", "room_started"),
        ("http://b.test", "devkey", "room_started"),
        ("http://c.test", "otherkey", "participant_joined"),
        ("http://d.test", "otherkey", "room_started"),
    ]


def test_unusable_settings_are_named() -> None:
    """A key that the world does not hold, and a URL that is none."""
    with pytest.raises(SettingsError, match="no API key 'nokey'"):
        Webhooks(World(), [URL], api_key="nokey")
    with pytest.raises(SettingsError, match="no API key 'nokey'"):
        Webhooks(World(config=WorldConfig(webhooks=[WebhookSettings(URL, "nokey")])))
    for bad in ("localhost:80", "ftp://a/b", "http://", ""):
        with pytest.raises(SettingsError, match="must start with http:// or https://"):
            Webhooks(World(), [bad])
    assert Webhooks(World(config=WorldConfig(keys={}))).pending == 0


def test_names_of_events_that_are_never_sent_are_refused() -> None:
    """With the one that was meant; a filter that matches nothing would look like a lost webhook."""
    for filters in ({"include_events": ["room_startd"]}, {"exclude_events": ["room_startd"]}):
        with pytest.raises(SettingsError, match="'room_startd'; did you mean 'room_started'"):
            WorldConfig(webhooks=[WebhookSettings(URL, **filters)])


def test_a_profile_that_does_not_exist_is_refused() -> None:
    """It would be taken for self-hosted."""
    with pytest.raises(SettingsError, match="'cloud' or 'self-hosted', not 'clowd'"):
        WorldConfig(profile="clowd")


def test_webhooks_named_by_an_egress() -> None:
    """58: in addition to the configured URL, signed with the key named there, filtered."""
    server, inbox = ServiceServer("cloud"), Inbox()
    server.call("CreateRoom", {"name": "demo"})
    hooks = server.world.events.deliver_to(inbox.post, URL)
    named = [
        {"url": EXTRA, "signing_key": "otherkey"},
        {"url": "http://end.test", "filter_params": {"include_events": ["egress_ended"]}},
        {"url": "http://rest.test", "filter_params": {"exclude_events": ["egress_ended"]}},
    ]
    request = {
        "room_name": "demo",
        "file_outputs": [{"filepath": "a.mp4", "s3": {"bucket": "b"}}],
        "webhooks": named,
    }
    egress_id = server.get("Egress/StartRoomCompositeEgress", request)["egress_id"]
    server.world.egresses.activate(egress_id)
    server.world.egresses.complete(egress_id)
    hooks.flush()
    shown = [
        (url, key, event.event)
        for url, key, event in inbox.verified(server)
        if event.egress_info is not None
    ]
    names = ("egress_started", "egress_updated", "egress_ended")
    assert [item for item in shown if item[0] == URL] == [(URL, "devkey", n) for n in names]
    assert [item for item in shown if item[0] == EXTRA] == [(EXTRA, "otherkey", n) for n in names]
    assert [item for item in shown if "end" in item[0]] == [
        ("http://end.test", "devkey", "egress_ended")
    ]
    rest = [("http://rest.test", "devkey", name) for name in names[:2]]
    assert [item for item in shown if "rest" in item[0]] == rest
    others = {url for url, _, event in inbox.verified(server) if event.egress_info is None}
    assert others == {URL}


def test_webhooks_of_an_egress_that_cannot_be_sent(caplog: pytest.LogCaptureFixture) -> None:
    """An unknown key and a bad URL are logged; the others get the event."""
    caplog.set_level(logging.WARNING)
    server, inbox = Server(), Inbox()
    hooks = server.world.events.deliver_to(inbox.post, URL)
    named = [
        WebhookConfig(url="http://lost.test/x", signing_key="unknown"),
        WebhookConfig(url="ftp://wrong.test/x"),
        WebhookConfig(url=EXTRA, filter_params=FilterParams()),
    ]
    info = EgressInfo(egress_id="EG_1", web=WebEgressRequest(webhooks=named))
    server.world.events.emit(WebhookEvent(event="egress_started", egress_info=info))
    hooks.flush()
    assert [url for url, *_ in inbox.posts] == [URL, EXTRA]
    assert "EG_1: webhooks cannot be signed: the server has no API key 'unknown'" in caplog.text
    assert "EG_1: a webhook URL must start with http:// or https://" in caplog.text
