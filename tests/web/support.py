"""Real servers for the example applications, each in a thread, and signed deliveries."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from lkapi.auth import AccessToken

ROOT = Path(__file__).parents[2]
KEY, SECRET = "APIexample", "secret-of-the-examples-long-enough"


def sign(body: bytes, *, key: str = KEY, secret: str = SECRET) -> dict[str, str]:
    """Headers of a delivery, made without the webhook package that is under test."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    token = AccessToken(key, secret, ttl=300).with_sha256(digest).to_jwt()
    return {"Authorization": token, "Content-Type": "application/webhook+json"}


def load(path: Path) -> ModuleType:
    """Run a file as a module of its own, as ``import`` would: once in a process, like Django."""
    name = f"lkapi_example_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def forget_django_settings() -> None:
    """Let the example configure Django itself, though another test of this process has done so."""
    from django.conf import settings
    from django.utils.functional import empty

    if not settings.configured:
        return
    if getattr(settings, "ROOT_URLCONF", None) != "lkapi_example_django_app":
        settings._wrapped = empty  # as Django's own tests do; there is no public way


@contextmanager
def serve_asgi(app: Any) -> Iterator[str]:
    """Serve with uvicorn."""
    import uvicorn

    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready.set()

    config = uvicorn.Config(app, port=0, log_level="warning", ws="none", loop="asyncio")
    server = Server(config)  # another loop than asyncio's would be that of later tests, too
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(20), "uvicorn did not start"
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def _serve_forever(server: Any) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve_flask(app: Any) -> Any:
    """Serve with the server of ``flask run``."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *args: Any) -> None:
            pass

    return _serve_forever(make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet))


def serve_django(app: Any) -> Any:
    """Serve with the server of ``manage.py runserver``."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(app)
    return _serve_forever(server)


@contextmanager
def serve_aiohttp(make_app: Callable[[], Any]) -> Iterator[str]:
    """Serve with aiohttp's own server."""
    from aiohttp import web

    app, ready, urls = make_app(), threading.Event(), []

    async def main() -> None:
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        stop.append(asyncio.Event())
        loops.append(asyncio.get_running_loop())
        ready.set()
        await stop[0].wait()
        await runner.cleanup()

    stop: list[asyncio.Event] = []
    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    try:
        assert ready.wait(20), "aiohttp did not start"
        yield urls[0]
    finally:
        loops[0].call_soon_threadsafe(stop[0].set)
        thread.join()
