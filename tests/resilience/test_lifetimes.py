"""Clients in prefork servers, in great numbers, closed in use, forgotten; errors of processes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.rpc.retry import NO_RETRY
from lkapi.sync import SyncLiveKitAPI
from tests.call.scripted import ScriptedServer, answer, serving

KEY, SECRET = "devkey", "a-secret-that-is-long-enough-for-hs256"
SECONDS = 20
BUSY = b'{"code":"resource_exhausted","msg":"x","meta":{"sip_status_code":"486"}}'


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Answers every call well."""
    with serving(answer()) as running:
        yield running


def test_workers_forked_from_one_program_share_nothing(server):
    """As gunicorn does it with preload: both clients made and used before the forks."""
    sync_api = SyncLiveKitAPI(server.url, KEY, SECRET)
    api = LiveKitAPI(server.url, KEY, SECRET)
    sync_api.room.create_room(name="parent")
    asyncio.run(api.room.create_room(name="parent"))

    async def twice() -> None:
        for _ in range(10):
            assert (await api.room.create_room(name="child")).name == "demo"

    def worker() -> None:
        for _ in range(10):
            assert sync_api.room.create_room(name="child").name == "demo"
        asyncio.run(twice())

    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=worker) for _ in range(4)]
    for process in workers:
        process.start()
    for process in workers:
        process.join(SECONDS)
    assert [process.exitcode for process in workers] == [0] * 4
    assert sync_api.room.create_room(name="parent").name == "demo"
    assert server.connections == 2 + 4 * 2
    assert len(server.requests) == 3 + 4 * 20
    sync_api.close()


def _open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts files by /proc")
def test_a_thousand_clients_leave_no_socket(server):
    """Made, used and forgotten, without being closed."""
    before = _open_files()
    for _ in range(500):
        SyncLiveKitAPI(server.url, KEY, SECRET).room.create_room(name="x")

    async def work() -> None:
        for _ in range(500):
            await LiveKitAPI(server.url, KEY, SECRET).room.create_room(name="x")

    asyncio.run(work())
    assert len(server.requests) == 1000
    server.close()
    for _ in range(200):
        if _open_files() <= before:
            break
        threading.Event().wait(0.02)
    assert _open_files() <= before


def test_closing_a_sync_client_lets_running_calls_finish():
    """Those that wait are answered, their connections are not kept; later calls open new ones."""
    arrived, go_on = threading.Semaphore(0), threading.Event()

    def slow(sock) -> None:
        arrived.release()
        go_on.wait(SECONDS)
        sock.sendall(answer())

    with serving(slow) as server, concurrent.futures.ThreadPoolExecutor(4) as threads:
        api = SyncLiveKitAPI(server.url, KEY, SECRET)
        calls = [threads.submit(api.room.create_room, name="x") for _ in range(4)]
        for _ in calls:
            assert arrived.acquire(timeout=SECONDS)
        api.close()
        go_on.set()
        assert {call.result(SECONDS).name for call in calls} == {"demo"}
        assert api.room.create_room(name="later").name == "demo"
        api.close()


PROGRAM = """
    import asyncio, sys, threading
    import aiohttp  # the first call would, which asyncio's debug mode finds slow
    from lkapi.client import LiveKitAPI
    from lkapi.sync import SyncLiveKitAPI

    url, how = sys.argv[1:]
    api = LiveKitAPI(url, "k", "s" * 32)
    blocking = SyncLiveKitAPI(url, "k", "s" * 32)
    blocking.room.create_room(name="a")
    if how == "daemon":
        for _ in range(4):
            threading.Thread(target=blocking.room.create_room, daemon=True).start()

    async def main():
        asyncio.get_running_loop().slow_callback_duration = 30  # a busy machine is no finding
        await api.room.create_room(name="b")
        if how == "pending":
            tasks = [asyncio.create_task(api.room.create_room(name="c")) for _ in range(4)]
            await asyncio.sleep(0)
        if how == "closed":
            await api.aclose()
            blocking.close()

    asyncio.run(main())
    asyncio.run(main())
    print("done")
"""


@pytest.mark.parametrize("how", ["closed", "left", "pending"])
def test_a_program_may_end_at_any_time(server, how):
    """No warning, nothing on stderr, with warnings as errors and the developer's mode."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(PROGRAM)]
    done = subprocess.run(
        [*command, server.url, how], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def _fail(url: str, kind: str) -> None:
    """Make a call that fails, in another process."""
    api = SyncLiveKitAPI(url, KEY, SECRET, retry=NO_RETRY)
    if kind == "sip":
        api.sip.create_sip_participant(room_name="demo", sip_call_to="+1", sip_trunk_id="ST_x")
    api.room.create_room(name="x")


@pytest.mark.parametrize(
    ("script", "kind", "expected"),
    [
        (
            answer("404 X", b'{"code":"not_found"}', "application/json"),
            "room",
            errors.NotFoundError,
        ),
        (answer("429 X", BUSY, "application/json"), "sip", errors.SIPCallError),
        (answer(body=b"<html>", kind="text/html"), "room", errors.DecodeError),
        (lambda sock: sock.close(), "room", errors.TransportError),
    ],
)
def test_errors_come_back_from_other_processes(script, kind, expected):
    """From a pool of fresh processes, with text and facts as they were raised there."""
    context = multiprocessing.get_context("spawn")
    with (
        serving(script) as server,
        concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool,
        pytest.raises(expected) as caught,
    ):
        pool.submit(_fail, server.url, kind).result(SECONDS)
    error = caught.value
    assert type(error) is expected
    assert error.request_id
    assert error.request_id in str(error)
    assert len(error.attempts) == 1
    if isinstance(error, errors.SIPCallError):
        assert error.busy


@pytest.mark.parametrize("serializer", ["pickle", "json"])
def test_celery_keeps_errors(serializer):
    """A task's failure comes back as the same class, and whole if results are pickled."""
    celery = pytest.importorskip("celery")
    app = celery.Celery("tests", backend="cache+memory://", set_as_current=False)
    app.conf.update(result_serializer=serializer, accept_content=["pickle", "json"])
    error = errors.NotFoundError("not_found", "no such room", status=404, request_id="id-1")
    kept = app.backend.exception_to_python(app.backend.prepare_exception(error, serializer))
    assert isinstance(kept, errors.NotFoundError)
    assert kept.code == "not_found"
    if serializer == "pickle":
        assert str(kept) == str(error)
        assert (kept.request_id, kept.status) == ("id-1", 404)
