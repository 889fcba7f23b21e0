"""Clients across event loops, threads, processes and oblivion; no warning is left behind."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import select
import socket
import subprocess
import sys
import textwrap
import threading
import time

import aiohttp
import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.errors import TransportError
from lkapi.rpc.retry import NO_RETRY
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports import Limits
from lkapi.transports.connections import _abandon, _until_loop_ends
from tests.call.faces import KEY, SECRET
from tests.call.scripted import answer, serving

SECONDS = 10


def test_one_async_client_serves_several_loops():
    """Made before any of them; connections of a dead loop are dropped without a word."""
    with serving(answer()) as server:
        api = LiveKitAPI(server.url, KEY, SECRET)
        for _ in range(3):
            assert asyncio.run(api.room.create_room(name="demo")).name == "demo"
        assert server.connections == 3
        assert len(api._channel._pools) == 1
        del api
        gc.collect()


def test_the_context_manager_can_be_entered_again():
    """In another loop too; closing twice is fine."""

    async def work(api):
        async with api:
            await api.room.create_room(name="demo")
        await api.aclose()
        await api.room.create_room(name="demo")

    with serving(answer()) as server:
        api = LiveKitAPI(server.url, KEY, SECRET)
        asyncio.run(work(api))
        asyncio.run(work(api))


def test_forgotten_clients_leave_no_warning():
    """Neither at collection nor at exit, with warnings as errors."""
    code = """
        import asyncio, gc
        from lkapi.client import LiveKitAPI
        from lkapi.sync import SyncLiveKitAPI

        url = {url!r}
        kept = LiveKitAPI(url, "k", "s" * 32)
        blocking = SyncLiveKitAPI(url, "k", "s" * 32)

        async def main():
            await kept.room.create_room(name="a")
            await LiveKitAPI(url, "k", "s" * 32).room.create_room(name="b")
            gc.collect()

        asyncio.run(main())
        asyncio.run(main())
        blocking.room.create_room(name="c")
        SyncLiveKitAPI(url, "k", "s" * 32).room.create_room(name="d")
        gc.collect()
        print("done")
    """
    with serving(answer()) as server:
        program = textwrap.dedent(code.format(url=server.url))
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("done\n", "", 0)


def test_sixteen_threads_share_one_sync_client():
    """Every call is answered; no more connections than threads."""
    done: list[str] = []
    with serving(answer()) as server, SyncLiveKitAPI(server.url, KEY, SECRET) as api:

        def work():
            done.extend(api.room.create_room(name="demo").name for _ in range(10))

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.connections <= 16
    assert done == ["demo"] * 160


def _in_child(api, queue):
    queue.put((os.getpid(), api.room.create_room(name="demo").name))


def test_a_client_that_is_forgotten_while_no_loop_runs_closes_its_connections():
    """At once: the loop may never run again."""
    ended = threading.Event()

    def wait_for_the_end(sock):
        sock.sendall(answer())
        if sock.recv(1) == b"":
            ended.set()

    loop = asyncio.new_event_loop()
    try:
        with serving(wait_for_the_end) as server:
            api = LiveKitAPI(server.url, KEY, SECRET)
            loop.run_until_complete(api.room.create_room(name="demo"))
            assert not ended.is_set()
            del api
            gc.collect()
            assert ended.wait(SECONDS)
    finally:
        loop.close()


def test_a_call_outside_of_a_task_is_refused():
    """A coroutine that is driven by hand cannot be cancelled when its time is over."""
    caught = []

    async def drive():
        ended = asyncio.Event()

        def by_hand():
            call = LiveKitAPI("http://127.0.0.1:1", KEY, SECRET).room.create_room(name="x")
            try:
                call.send(None)
            except BaseException as error:
                caught.append(error)
            ended.set()

        asyncio.get_running_loop().call_soon(by_hand)
        await ended.wait()

    asyncio.run(drive())
    (error,) = caught
    assert isinstance(error, RuntimeError)
    assert "must be made inside a task" in str(error)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_sync_client_works_on_both_sides_of_a_fork():
    """The child opens its own connection and leaves the parent's alone."""
    context = multiprocessing.get_context("fork")
    with serving(answer()) as server, SyncLiveKitAPI(server.url, KEY, SECRET) as api:
        api.room.create_room(name="demo")
        queue = context.Queue()
        children = [context.Process(target=_in_child, args=(api, queue)) for _ in range(2)]
        for child in children:
            child.start()
        found = [queue.get(timeout=SECONDS) for _ in children]
        for child in children:
            child.join(SECONDS)
        api.room.create_room(name="demo")
        assert {name for _, name in found} == {"demo"}
        assert server.connections == 3


def test_a_connection_that_the_server_closed_is_not_used():
    """It is noticed before the request is sent."""

    def last(sock):
        sock.sendall(answer())
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()

    with serving(last) as server:
        with SyncLiveKitAPI(server.url, KEY, SECRET, retry=NO_RETRY) as api:
            for _ in range(3):
                api.room.create_room(name="demo")
                time.sleep(0.02)
        assert server.connections == 3


def test_idle_connections_are_limited():
    """Those that are too many are closed."""
    together = threading.Barrier(6)

    def at_once(sock):
        together.wait(SECONDS)
        sock.sendall(answer())

    async def work(url):
        async with LiveKitAPI(url, KEY, SECRET, limits=Limits(idle=2)) as api:
            await asyncio.gather(*[api.room.create_room(name="x") for _ in range(6)])
            assert server.connections == 6
            await asyncio.gather(*[api.room.create_room(name="x") for _ in range(6)])

    with serving(at_once) as server:
        asyncio.run(work(server.url))
        assert server.connections == 10


@pytest.mark.parametrize("face", ["async", "sync"])
def test_an_exhausted_pool_says_so(face):
    """Nothing was sent, and the text names the option."""
    options = {"limits": Limits(connections=1), "retry": NO_RETRY}
    arrived, hold = threading.Event(), threading.Event()
    caught: list[Exception] = []

    def silent(_):
        arrived.set()
        hold.wait(SECONDS)

    with serving(silent) as server:
        if face == "sync":
            api = SyncLiveKitAPI(server.url, KEY, SECRET, **options)

            def call():
                with pytest.raises(errors.RequestTimeoutError) as first:
                    api.room.create_room(name="x", timeout=1.5)
                caught.append(first.value)

            thread = threading.Thread(target=call)
            thread.start()
            assert arrived.wait(SECONDS)
            with pytest.raises(errors.RequestTimeoutError) as second:
                api.room.create_room(name="x", timeout=0.1)
            thread.join()
            api.close()
        else:

            async def work():
                async with LiveKitAPI(server.url, KEY, SECRET, **options) as api:
                    first = asyncio.create_task(api.room.create_room(name="x", timeout=1.5))
                    assert await asyncio.to_thread(arrived.wait, SECONDS)
                    with pytest.raises(errors.RequestTimeoutError) as second:
                        await api.room.create_room(name="x", timeout=0.1)
                    caught.extend(await asyncio.gather(first, return_exceptions=True))
                    return second

            second = asyncio.run(work())
        hold.set()
    assert [error.sent for error in caught] == [True]
    assert not second.value.sent
    assert "limits=" in str(second.value)


def test_closing_while_a_call_runs_ends_it():
    """With a TransportError, at once."""

    async def work(url):
        api = LiveKitAPI(url, KEY, SECRET, retry=NO_RETRY)
        call = asyncio.ensure_future(api.room.create_room(name="x"))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await api.aclose()
        with pytest.raises(TransportError, match="closed while this call ran"):
            await call
        assert time.monotonic() - began < 2

    with serving(lambda sock: time.sleep(3)) as server:
        asyncio.run(work(server.url))


async def test_a_session_may_be_collected_while_its_loop_ends_it():
    """Garbage collection may come at any moment, and so in the middle of closing: no warning."""
    loop, aborted = asyncio.get_running_loop(), []

    class Transport:
        def abort(self):
            aborted.append(self)

    class Connector:
        transports = dict.fromkeys("ab", Transport())

    class Session:
        collected = False

        def detach(self):
            if not self.collected:
                self.collected = True
                _abandon(self, Connector(), loop, ending)

    ending = _until_loop_ends(Session(), Connector())
    await anext(ending)
    await ending.aclose()
    await asyncio.sleep(0)
    assert len(aborted) == 2


async def until(condition) -> None:
    """Wait for something that happens elsewhere."""
    for _ in range(SECONDS * 1000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not happen")


async def test_a_cancellation_while_the_client_closes_is_not_lost():
    """As when asyncio.run() ends: everything is cancelled, and somebody's ``finally`` closes."""
    with serving(lambda sock: time.sleep(3)) as server:
        api = LiveKitAPI(server.url, KEY, SECRET)

        async def owner():
            try:
                await asyncio.Event().wait()
            finally:
                await api.aclose()

        tasks = [asyncio.create_task(owner()), asyncio.create_task(api.room.list_rooms())]
        await until(lambda: server.requests)
        for task in tasks:
            task.cancel()
        ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 2


async def test_closing_ends_a_call_whose_request_does_not_get_away():
    """The server does not read; the call ends at once and not at its deadline."""
    listener = socket.create_server(("127.0.0.1", 0))
    api = LiveKitAPI(f"http://127.0.0.1:{listener.getsockname()[1]}", KEY, SECRET, retry=NO_RETRY)
    call = asyncio.create_task(api.room.create_room(name="x", metadata="x" * 20_000_000))
    await until(lambda: select.select([listener], [], [], 0)[0])
    await api.aclose()
    with pytest.raises(TransportError, match="closed while this call ran"):
        await asyncio.wait_for(call, 5)
    listener.close()


@pytest.mark.parametrize(("face", "module"), [("async", "aiohttp"), ("sync", "http_client")])
def test_what_is_sent_once_takes_no_connection_that_may_be_about_to_close(
    face, module, monkeypatch
):
    """A dial would fail for nothing: it may not be sent again when the server hung up."""
    monkeypatch.setattr(f"lkapi.transports.{module}.FRESH_SECONDS", 0.0)

    def dial(api):
        return api.sip.create_sip_participant(
            sip_trunk_id="ST_x", sip_call_to="+15550100", room_name="demo"
        )

    async def work(api):
        for call in (api.room.list_rooms, api.room.list_rooms, lambda: dial(api)):
            await call()

    with serving(answer(body=b"")) as server:
        if face == "async":
            asyncio.run(work(LiveKitAPI(server.url, KEY, SECRET)))
        else:
            with SyncLiveKitAPI(server.url, KEY, SECRET) as api:
                api.room.list_rooms()
                api.room.list_rooms()
                dial(api)
        assert server.connections == 2
        assert len(server.requests) == 3


def test_a_users_client_stays_open():
    """Closing ours does not close theirs."""
    import httpx2

    with serving(answer()) as server, httpx2.Client(trust_env=False) as client:
        with SyncLiveKitAPI(server.url, KEY, SECRET, transport=client) as api:
            api.room.create_room(name="x")
        assert not client.is_closed
        client.close()
        with pytest.raises(errors.ConnectError, match="is closed"):
            api.with_options(retry=NO_RETRY).room.create_room(name="x")


async def test_a_users_aiohttp_session_that_is_closed_is_named():
    """It is theirs: no other one is opened in its place."""
    session = aiohttp.ClientSession()
    with serving(answer()) as server:
        async with LiveKitAPI(server.url, KEY, SECRET, session=session) as api:
            assert (await api.room.create_room(name="x")).name == "demo"
            await session.close()
            with pytest.raises(errors.ConnectError, match="session that was passed is closed"):
                await api.with_options(retry=NO_RETRY).room.create_room(name="x")


def test_transports_of_the_wrong_kind_are_refused():
    """With what may be given instead."""
    import httpx

    with pytest.raises(TypeError, match="async client"):
        LiveKitAPI("localhost", KEY, SECRET, transport=object())
    with httpx.Client() as client, pytest.raises(TypeError, match="async client"):
        LiveKitAPI("localhost", KEY, SECRET, transport=client)
    with pytest.raises(TypeError, match="sync client"):
        SyncLiveKitAPI("localhost", KEY, SECRET, transport=httpx.AsyncClient())
    with pytest.raises(
        errors.SettingsError, match="no transport of the async client is called 'curl'"
    ):
        LiveKitAPI("localhost", KEY, SECRET, transport="curl")
    for name in ("direct", "httpcore2", "http.client"):
        with pytest.raises(errors.SettingsError, match="there is 'aiohttp'"):
            LiveKitAPI("localhost", KEY, SECRET, transport=name)
    for name in ("direct", "httpcore2", "aiohttp"):
        with pytest.raises(errors.SettingsError, match=r"there is 'http\.client'"):
            SyncLiveKitAPI("localhost", KEY, SECRET, transport=name)
    with pytest.raises(errors.SettingsError, match="not both"):
        LiveKitAPI("localhost", KEY, SECRET, transport="aiohttp", session=object())


def test_no_repr_shows_a_secret():
    """Of the client and everything in it."""
    api = LiveKitAPI("localhost:7880", KEY, SECRET, proxy="http://user:hunter2@proxy:3128")
    shown = repr([api, vars(api), vars(api._channel), api._channel.context, api.room])
    assert repr(api) == "LiveKitAPI('http://localhost:7880')"
    assert SECRET not in shown
    assert "hunter2" not in shown
