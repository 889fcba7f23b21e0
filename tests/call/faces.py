"""One test for both clients, over every transport they have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest

from lkapi.client import LiveKitAPI
from lkapi.sync import SyncLiveKitAPI

KEY, SECRET = "devkey", "a-secret-that-is-long-enough-for-hs256"
_UVLOOP = pytest.param(
    "async-uvloop",
    marks=pytest.mark.skipif(find_spec("uvloop") is None, reason="uvloop is not for this system"),
)
OWN = ("async-aiohttp", _UVLOOP, "sync-http.client")
"""The transports that are built in; the async one on asyncio's event loop and on uvloop's."""
ASYNC = ("async-aiohttp", _UVLOOP, "async-httpx", "async-httpx2", "async-session")
SYNC = ("sync-http.client", "sync-httpx", "sync-httpx2")
every_face = pytest.mark.parametrize("face", [*ASYNC, *SYNC])
both_faces = pytest.mark.parametrize("face", OWN)

Work = Callable[[Any], Any]


def run(face: str, url: str, work: Work, **options: Any) -> Any:
    """Do ``work(api)`` with a client of that kind, and close everything."""
    kind, _, transport = face.partition("-")
    if kind == "sync":
        return _run_sync(transport, url, work, options)
    if transport == "uvloop":
        import uvloop

        return uvloop.run(_run_async("aiohttp", url, work, options))
    return asyncio.run(_run_async(transport, url, work, options))


def _run_sync(transport: str, url: str, work: Work, options: dict[str, Any]) -> Any:
    theirs = {"httpx": httpx.Client, "httpx2": httpx2.Client}.get(transport)
    if theirs is None:
        with SyncLiveKitAPI(url, KEY, SECRET, transport=transport, **options) as api:
            return work(api)
    with (
        theirs(trust_env=False, verify=False) as client,
        SyncLiveKitAPI(url, KEY, SECRET, transport=client, **options) as api,
    ):
        return work(api)


async def _run_async(transport: str, url: str, work: Work, options: dict[str, Any]) -> Any:
    if transport == "session":
        async with (
            aiohttp.ClientSession() as session,
            LiveKitAPI(url, KEY, SECRET, session=session, **options) as api,
        ):
            return await work(api)
    theirs = {"httpx": httpx.AsyncClient, "httpx2": httpx2.AsyncClient}.get(transport)
    if theirs is None:
        async with LiveKitAPI(url, KEY, SECRET, transport=transport, **options) as api:
            return await work(api)
    async with (
        theirs(trust_env=False, verify=False) as client,
        LiveKitAPI(url, KEY, SECRET, transport=client, **options) as api,
    ):
        return await work(api)


def create(api: Any) -> Any:
    """The call that most tests make."""
    return api.room.create_room(name="demo")
