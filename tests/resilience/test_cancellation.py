"""A cancellation or an end of time that comes at an awkward moment is never lost.

``asyncio.wait_for`` of Python 3.11 and before swallows a cancellation that arrives together with
the result it waits for; a call then went on without any deadline.
"""

from __future__ import annotations

import asyncio

import pytest

from lkapi.errors import RequestTimeoutError
from lkapi.rpc.concurrency import async_acquire
from lkapi.transports.aiohttp import AiohttpTransport
from lkapi.transports.base import Request
from lkapi.transports.connections import current_exchange
from tests.call.scripted import serving


async def _connect_while(strike):
    """Connect, and be struck in the very moment in which that succeeds."""
    loop = asyncio.get_running_loop()
    genuine = loop.sock_connect

    async def sock_connect(sock, address):
        await genuine(sock, address)
        loop.call_soon(strike())

    loop.sock_connect = sock_connect
    transport = AiohttpTransport()
    with serving(lambda sock: None) as server:
        try:
            return await transport.asend(Request("POST", server.url, timeout=30.0))
        finally:
            loop.sock_connect = genuine
            await transport.aclose()


async def test_a_cancellation_while_connecting_is_not_lost():
    """The task ends cancelled."""
    task = asyncio.create_task(_connect_while(lambda: task.cancel))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_deadline_that_passes_while_connecting_is_not_lost():
    """The exchange ends as timed out."""
    with pytest.raises(RequestTimeoutError):
        await _connect_while(lambda: current_exchange.get()._expire)


async def test_a_cancellation_while_waiting_for_the_region_list_is_not_lost():
    """The lock is left to others."""
    lock = asyncio.Lock()
    await lock.acquire()

    async def work():
        if await async_acquire(lock, 30.0):
            try:
                for _ in range(10):
                    await asyncio.sleep(0)
            finally:
                lock.release()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    lock.release()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await async_acquire(lock, 1.0)


async def test_waiting_for_a_lock_ends_in_time():
    """False, and the lock stays with its holder."""
    lock = asyncio.Lock()
    await lock.acquire()
    assert not await async_acquire(lock, 0.0)
    assert not await async_acquire(lock, 0.01)
    assert lock.locked()
