"""The router: who is called, in which order, and what an exception does."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import pytest

from lkapi.errors import SettingsError
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import EVENT_NAMES, MemoryEventStore, WebhookEventType, WebhookRouter

STARTED = WebhookEvent(event="room_started", id="EV_1")


def test_handlers_are_called_in_the_order_of_registration() -> None:
    """Names select, ``any`` takes all, and the decorators give the function back."""
    router, calls = WebhookRouter(), list[str]()

    @router.on("room_started", "room_finished")
    def by_name(event: WebhookEvent) -> None:
        calls.append(f"name {event.event}")

    @router.any
    def everything(event: WebhookEvent) -> None:
        calls.append(f"any {event.event}")

    @router.on(WebhookEventType.ROOM_STARTED)
    def by_enum(event: WebhookEvent) -> None:
        calls.append(f"enum {event.event}")

    assert router.dispatch(STARTED)
    assert router.dispatch(WebhookEvent(event="room_levitated"))
    assert calls == [
        "name room_started",
        "any room_started",
        "enum room_started",
        "any room_levitated",
    ]
    assert router.handlers("room_finished") == [by_name, everything]
    assert by_enum in router.handlers("room_started")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("participant_join", "participant_joined"),
        ("participants_joined", "participant_joined"),
        ("room_finish", "room_finished"),
        ("ROOM_STARTED", "room_started"),
        ("roomStarted", "room_started"),
        ("egress-ended", "egress_ended"),
        ("track_publish", "track_published"),
    ],
)
def test_a_misspelt_event_name_warns(name: str, meant: str) -> None:
    """At the line that registers the handler, which is registered all the same."""
    router = WebhookRouter()
    with pytest.warns(UserWarning, match=f"'{name}'; did you mean '{meant}'") as caught:
        router.on(meant, name)(print)
    assert [warning.filename for warning in caught] == [__file__]
    assert router.handlers(name) == [print]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "ingress_updated",
            "participant_updated",
            "room_updated",
            "track_muted",
            "agent_job_queued",
        ),
        *("participant_active", "sip_call_started", "room_levitated"),
    ],
)
def test_an_event_name_of_tomorrow_does_not_warn(name: str) -> None:
    """Servers that are newer than lkapi send events that it does not know."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        WebhookRouter().on(name, *EVENT_NAMES)(print)
    assert caught == []


def test_no_handler_is_no_error() -> None:
    """An event that nobody wants is handled: it is to be answered with 2xx."""
    assert WebhookRouter().dispatch(STARTED)


async def test_coroutines_and_functions_share_a_router() -> None:
    """``adispatch`` awaits coroutine functions, and calls functions in place, in order."""
    router, calls = WebhookRouter(), list[str]()

    @router.on("room_started")
    async def first(event: WebhookEvent) -> None:
        calls.append("coroutine")

    @router.on("room_started")
    def second(event: WebhookEvent) -> None:
        calls.append("function")

    assert await router.adispatch(STARTED)
    assert calls == ["coroutine", "function"]
    with pytest.raises(SettingsError, match="first is asynchronous: use adispatch"):
        router.dispatch(STARTED)


def failing_router(on_error: Any, calls: list[str]) -> WebhookRouter:
    router = WebhookRouter(on_error=on_error)
    for name in ("one", "two"):

        def fail(event: WebhookEvent, name: str = name) -> None:
            calls.append(name)
            raise LookupError(name)

        router.any(fail)
    router.any(lambda event: calls.append("three"))
    return router


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_stop_ends_at_the_first_exception(asynchronous: bool) -> None:
    """``stop``: the exception comes out at once."""
    calls: list[str] = []
    router = failing_router("stop", calls)
    with pytest.raises(LookupError, match="one"):
        await router.adispatch(STARTED) if asynchronous else router.dispatch(STARTED)
    assert calls == ["one"]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_finish_calls_the_others_first(
    asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """``finish``: all are called, the first exception comes out, the second is logged."""
    calls: list[str] = []
    router = failing_router("finish", calls)
    with pytest.raises(LookupError, match="one"):
        await router.adispatch(STARTED) if asynchronous else router.dispatch(STARTED)
    assert calls == ["one", "two", "three"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "EV_1 (room_started)" in caplog.text


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_log_lets_nothing_out(asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    """``log``: the event counts as handled, the exceptions are logged with their handler."""
    calls: list[str] = []
    router = failing_router("log", calls)
    assert await router.adispatch(STARTED) if asynchronous else router.dispatch(STARTED)
    assert calls == ["one", "two", "three"]
    assert len(caplog.records) == 2
    assert all(record.exc_info and "fail" in record.getMessage() for record in caplog.records)


def test_misuse_is_told_at_once() -> None:
    """A decorator without names, and an unknown policy, are refused."""
    with pytest.raises(SettingsError, match="name the events"):
        WebhookRouter().on()
    with pytest.raises(SettingsError, match="name the events"):
        WebhookRouter().on(lambda event: None)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="on_error"):
        WebhookRouter(on_error="ignore")  # type: ignore[arg-type]


def test_a_store_keeps_repetitions_away() -> None:
    """With a store, a second delivery is not handled; one that failed is, when it comes again."""
    router, calls = WebhookRouter(store=MemoryEventStore()), list[str]()
    failures = [RuntimeError("the database is down")]

    @router.any
    def handle(event: WebhookEvent) -> None:
        calls.append(event.id)
        if failures:
            raise failures.pop()

    with pytest.raises(RuntimeError):
        router.dispatch(STARTED)
    assert router.dispatch(STARTED) is True
    assert router.dispatch(STARTED) is False
    assert calls == ["EV_1", "EV_1"]


async def test_an_asynchronous_store_needs_adispatch() -> None:
    """A store of coroutines works with ``adispatch``, and is refused by ``dispatch``."""

    class Store:
        async def claim(self, event_id: str) -> bool:
            return event_id == "EV_1"

        async def release(self, event_id: str) -> None: ...

    router = WebhookRouter(store=Store())
    assert await router.adispatch(STARTED) is True
    assert await router.adispatch(WebhookEvent(id="EV_2")) is False
    with pytest.raises(SettingsError, match="store is asynchronous"):
        router.dispatch(STARTED)
