"""The embedded server as a program: its options, its start and its end."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import attrs

from lkapi.devserver.events.webhooks import Webhooks
from lkapi.devserver.front_ends.regional import RegionalFrontEnd
from lkapi.devserver.runtime.clock import SystemClock
from lkapi.devserver.runtime.config import DEFAULT_KEYS, WorldConfig, load_config
from lkapi.devserver.server.dev_server import DevServer
from lkapi.devserver.server.mock_server import MockServer
from lkapi.devserver.world import World
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

__all__ = ["main"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 0 after that, 2 for options that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        config = _read_config(options)
        world = World(config=config, clock=SystemClock(real_waits=options.real_waits))
        webhooks = Webhooks(world)
        server = MockServer(world) if options.mock else DevServer(world)
        front = RegionalFrontEnd(
            server, host=options.bind, ports=options.port, advertise=options.advertise
        )
    except SettingsError as error:
        return _report_error(str(error))
    except OSError as error:
        ports = ",".join(str(port) for port in options.port)
        return _report_error(f"cannot listen on {options.bind}:{ports}: {error.strerror or error}")
    _serve(front, webhooks, config)
    return 0


def _serve(front: RegionalFrontEnd, webhooks: Webhooks, config: WorldConfig) -> None:
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        with front, webhooks.start():
            names = ", ".join(config.keys)
            where = ", ".join(front.urls)
            text = f"lkapi devserver at {where} (profile {config.profile}, API keys: {names})"
            sys.stdout.write(text + "\n")
            for hook in config.webhooks:
                sys.stdout.write(f"webhooks to {hook.url}\n")
            sys.stdout.flush()
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report_error(text: str) -> int:
    sys.stderr.write(f"lkapi devserver: {text}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lkapi.devserver",
        description="A LiveKit server for development and tests: server APIs only, no media.",
    )
    add = parser.add_argument
    port = "port to listen on, 0 for any free one (7880); several, with commas, are regions"
    add("--port", type=_ports, default=(7880,), metavar="PORT", help=port)
    add("--bind", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    add("--api-key", help="API key (devkey)")
    add("--api-secret", help="its secret (secret)")
    add("--profile", choices=["cloud", "self-hosted"], help="which server to be like (cloud)")
    add("--config", metavar="FILE", help="JSON file of further settings: keys, presets, redis …")
    add("--mock", action="store_true", help="be the stateless official test server instead")
    hook = "send webhooks there; may be given several times"
    add("--webhook", action="append", default=[], metavar="URL", help=hook)
    add("--webhook-api-key", metavar="KEY", help="API key that signs them (the first one)")
    add("--advertise", default="", metavar="URL", help="what /settings/regions puts before ports")
    add("--real-waits", action="store_true", help="wait as long as the real server does")
    return parser


def _ports(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _read_config(options: argparse.Namespace) -> WorldConfig:
    config = load_config(options.config) if options.config else WorldConfig()
    overrides: dict[str, Any] = {}
    if options.profile is not None:
        overrides["profile"] = options.profile
    if options.api_key is not None or options.api_secret is not None:
        key = options.api_key or next(iter(DEFAULT_KEYS))
        secret = options.api_secret or config.keys.get(key)
        if not secret:
            raise SettingsError(f"API key {key!r} needs a secret: add --api-secret")
        kept = dict(config.keys) if options.config else {}
        overrides["keys"] = {**kept, key: secret}
    if options.webhook:
        overrides["webhooks"] = (*config.webhooks, *options.webhook)
    if options.webhook_api_key is not None:
        overrides["webhook_api_key"] = options.webhook_api_key
    return attrs.evolve(config, **overrides)
