"""One run of the program: everything is set up, announced, and closed again."""

from __future__ import annotations

import contextlib
import errno
import logging
import sys
import time
from typing import TYPE_CHECKING

from lkapi.devserver.events.webhooks import Webhooks
from lkapi.devserver.front_ends.regional import RegionalFrontEnd
from lkapi.devserver.program.companion import Surroundings
from lkapi.devserver.program.entries import Entry, place_of
from lkapi.devserver.program.environment import export_lines, make_environment, write_env_file
from lkapi.devserver.program.journal import Journal
from lkapi.devserver.program.narrator import Narrator
from lkapi.devserver.program.settings import check_options, make_world, read_config, shown_key
from lkapi.devserver.program.state import fill_world, keep_state, queue_webhooks
from lkapi.devserver.server.dev_server import DevServer
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Generator
    from pathlib import Path
    from ssl import SSLContext

    from lkapi.devserver.program.autosave import Autosave
    from lkapi.devserver.program.companion import Companion
    from lkapi.devserver.runtime.config import WorldConfig
    from lkapi.devserver.world import World

__all__ = ["serve"]

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
"""Hosts that a server can listen on but no client can connect to, each with one that works."""


def serve(
    options: argparse.Namespace, wait: Callable[[], object], companion: Companion | None = None
) -> int:
    """Serve until the function returns; returns 0, or 1 if the last state could not be written.

    Args:
        options: the options of the command line.
        wait: returns when the program must end.
        companion: served beside the server.

    Raises:
        SettingsError: an option, file or port cannot be used.
    """
    check_options(options)
    config = read_config(options)
    world = make_world(options, config)
    snapshot, told = fill_world(options, world)
    journal = Journal(sys.stdout, options.log, quiet=options.quiet)
    narrator = Narrator(journal.add)
    webhooks = Webhooks(world, post=narrator.post)
    queue_webhooks(options, snapshot, webhooks)
    server = _make_server(options, world)
    with contextlib.ExitStack() as stack:
        tls, certificate = stack.enter_context(_tls(options))
        front = _listen(options, server, tls)
        stack.callback(front.close)
        saving = _start_saving(options, world, server, webhooks, narrator)
        environment = make_environment(_client_url(front), *shown_key(options, config))
        if options.env_file:
            write_env_file(options.env_file, environment)
        stack.enter_context(_logging(narrator))
        narrator.follow(server)
        front.start()
        _announce(options, config, front, environment, certificate)
        if options.log == "json":
            journal.add(_started(config, front))
        if told:
            narrator.note(told)
        webhooks.start()
        if companion is not None and options.console and not options.test_server:
            stack.enter_context(
                companion(_surroundings(options, config, server, webhooks, _client_url(front)))
            )
        wait()
        front.close()
        saved = saving is None or saving.close()
        webhooks.close()
        journal.close()
    return 0 if saved else 1


def _surroundings(
    options: argparse.Namespace,
    config: WorldConfig,
    server: DevServer,
    webhooks: Webhooks,
    url: str,
) -> Surroundings:
    stream = sys.stdout if options.log == "text" else sys.stderr

    def announce(line: str) -> None:
        stream.write(f"{line}\n")
        stream.flush()

    key, secret = shown_key(options, config)
    return Surroundings(
        server=server,
        webhooks=webhooks,
        url=url,
        api_key=key,
        api_secret=secret,
        host=options.bind,
        port=options.console_port,
        announce=announce,
    )


def _make_server(options: argparse.Namespace, world: World) -> DevServer:
    if not options.test_server:
        return DevServer(world)
    from lkapi.devserver.server.mock_server import MockServer

    return MockServer(world)


@contextlib.contextmanager
def _tls(
    options: argparse.Namespace,
) -> Generator[tuple[SSLContext | None, Path | None], None, None]:
    """The TLS context, and the certificate if one was made."""
    if not options.tls and not options.tls_cert:
        yield None, None
        return
    from lkapi.devserver.program.certificates import load_context, self_signed

    if options.tls_cert:
        yield load_context(options.tls_cert, options.tls_key), None
        return
    with self_signed(options.bind) as made:
        yield made


def _listen(
    options: argparse.Namespace, server: DevServer, tls: SSLContext | None
) -> RegionalFrontEnd:
    try:
        return RegionalFrontEnd(
            server, host=options.bind, ports=options.port, advertise=options.advertise, tls=tls
        )
    except OSError as error:
        ports = ",".join(str(port) for port in options.port)
        hint = ""
        if error.errno == errno.EADDRINUSE:
            hint = "\nstop the program that listens there, or pass --port 0 for any free port"
        why = error.strerror or error
        raise SettingsError(f"cannot listen on {options.bind}:{ports}: {why}{hint}") from error


def _client_url(front: RegionalFrontEnd) -> str:
    """The URL for a client on this machine."""
    url = front.fronts[0].url
    for anywhere, here in _ANY_ADDRESS.items():
        shown = f"[{anywhere}]" if ":" in anywhere else anywhere
        url = url.replace(f"//{shown}:", f"//{here}:")
    return url


def _start_saving(
    options: argparse.Namespace,
    world: World,
    server: DevServer,
    webhooks: Webhooks,
    narrator: Narrator,
) -> Autosave | None:
    if not options.snapshot:
        return None

    def complain(text: str) -> None:
        narrator.note(text, good=False)

    saving = keep_state(options.snapshot, world, webhooks, complain)
    saving.start()
    server.watch(lambda served: None if served.only_reads else saving.changed())
    world.events.listen(saving.changed)
    world.calls.on_answered.append(saving.changed)
    return saving


@contextlib.contextmanager
def _logging(narrator: Narrator) -> Generator[None, None, None]:
    """Lines instead of log records: lkapi's warnings go to the journal."""
    logger = logging.getLogger("lkapi")
    handler, propagated = narrator.log_handler(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated


def _started(config: WorldConfig, front: RegionalFrontEnd) -> Entry:
    facts = {"urls": list(front.urls), "profile": config.profile, "api_keys": list(config.keys)}
    return Entry(at=time.time(), kind="started", who="lkapi", what="serving", facts=facts)


def _announce(
    options: argparse.Namespace,
    config: WorldConfig,
    front: RegionalFrontEnd,
    environment: dict[str, str],
    certificate: Path | None,
) -> None:
    """Print the server's address, in a form to paste; with JSON lines, not to stdout."""
    stream = sys.stdout if options.log == "text" else sys.stderr
    kind = "test server" if options.test_server else f"profile {config.profile}"
    keys = ", ".join(config.keys)
    stream.write(f"lkapi dev at {', '.join(front.urls)} ({kind}, API keys: {keys})\n")
    for hook in config.webhooks:
        stream.write(f"webhooks to {place_of(hook.url)}\n")
    if certificate is not None:
        stream.write(f"certificate for clients to trust: {certificate}\n")
    stream.write("\n" + export_lines(environment) + "\n")
    stream.flush()
