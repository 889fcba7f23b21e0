"""``lkapi webhook listen``: print verified deliveries as they come, and pass them on."""

from __future__ import annotations

import queue
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import click

from lkapi.cli.commands.webhook.options import key_options, shown_options
from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.failures import Failure
from lkapi.cli.groups import Command
from lkapi.cli.session import Session, pass_session
from lkapi.cli.webhooks.inputs import TargetURL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from lkapi.cli.webhooks.listener import Listener, Seen
    from lkapi.cli.webhooks.server import PostServer

__all__ = ["command"]

_POLL_SECONDS: Final = 0.5
"""Waits for a delivery are split up, so that Ctrl-C works on every system."""


@click.command(
    "listen",
    cls=Command,
    shows=False,
    params=shown_options(),
    examples=[
        "lkapi webhook listen",
        "lkapi webhook listen --forward http://localhost:3000/webhook --record deliveries.jsonl",
        "lkapi webhook listen --port 9000 --path /livekit --json --count 10",
    ],
)
@click.option("--forward", type=TargetURL(), metavar="URL", help="Pass each verified delivery on.")
@click.option("--record", metavar="FILE", help="Add each verified delivery to a file for `replay`.")
@click.option("--port", type=click.IntRange(0, 65535), default=7891, help="Port [7891]; 0: any.")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Address [127.0.0.1].")
@click.option("--path", default="", help="Serve only this path; every path by default.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N deliveries.")
@key_options
@pass_session
def command(
    session: Session,
    /,
    forward: str | None,
    record: str | None,
    also_keys: tuple[str, ...],
    key_file: str | None,
    count: int | None,
    **place: Any,
) -> None:
    """Print verified deliveries as they come, and pass them on.

    Each delivery is verified with the API key, and printed as one line, a refused one with the
    reason. With --forward, the raw body and its headers are passed to a URL unchanged, and LiveKit
    gets that URL's response, or 502 if there is none. Without it, LiveKit gets 204. After 429, 5xx
    (not 501) or no response, LiveKit sends an event again, up to four times; after another refusal
    it drops the event.

    A recording has bodies and claims, never the tokens: they are credentials. Bodies may hold
    personal data, so that only you may read a new file.

    LiveKit Cloud does not reach your machine by itself: put a tunnel in front of the port.
    """
    from lkapi.cli.webhooks.keys import find_keys
    from lkapi.cli.webhooks.listener import Listener
    from lkapi.cli.webhooks.posting import Poster
    from lkapi.cli.webhooks.recordings import open_recording
    from lkapi.webhook import WebhookReceiver

    receiver = WebhookReceiver(find_keys(session, also_keys, key_file))
    with ExitStack() as closing:
        kept = closing.enter_context(open_recording(record)) if record else None
        poster = None
        if forward:
            poster = Poster(forward, timeout=session.options.timeout or 10.0)
            closing.callback(poster.close)
        listener = Listener(receiver, poster)
        server = closing.enter_context(_open(listener, **place))
        onward = f", passing on to {forward}" if forward else ""
        greeting = f"Listening at {server.url}{onward}. Ctrl-C ends it."
        _show_all(session, greeting, _deliveries(listener, count), kept)


def _open(listener: Listener, host: str, port: int, path: str) -> PostServer:
    from lkapi.cli.webhooks.server import PostServer

    if path and not path.startswith("/"):
        path = f"/{path}"
    try:
        return PostServer(listener.handle, listener.refused, host=host, port=port, path=path)
    except OSError as error:
        raise Failure(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            ExitCode.USAGE,
            advice="give another --port, or 0 for any free one",
        ) from None


def _deliveries(listener: Listener, count: int | None) -> Iterator[Seen]:
    shown = 0
    while count is None or shown < count:
        try:
            yield listener.seen.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        shown += 1


def _show_all(
    session: Session, greeting: str, deliveries: Iterator[Seen], record: BinaryIO | None
) -> None:
    """Show and record each delivery until there are no more, or until Ctrl-C."""
    taken = refused = 0
    quiet = _ids if session.options.quiet else _lines
    show = (_documents if session.structured else quiet)()
    try:
        session.note(greeting)
        for seen in deliveries:
            taken, refused = taken + bool(seen.delivery), refused + (not seen.delivery)
            show(seen)
            if record is not None and seen.recorded is not None:
                _keep(seen.recorded.to_line(), record)
    except KeyboardInterrupt:
        session.note("")
    finally:
        session.note(f"{taken} delivered, {refused} refused.")


def _keep(line: str, record: BinaryIO) -> None:
    try:
        record.write(f"{line}\n".encode())
    except OSError as error:
        raise Failure(
            f"the recording cannot be written: {error.strerror or error}", ExitCode.FAILED
        ) from None


def _documents() -> Callable[[Seen], None]:
    def show(seen: Seen) -> None:
        sys.stdout.write(f"{seen.document()}\n")
        sys.stdout.flush()

    return show


def _ids() -> Callable[[Seen], None]:
    def show(seen: Seen) -> None:
        if seen.delivery is not None:
            sys.stdout.write(f"{seen.delivery.event.id}\n")
            sys.stdout.flush()

    return show


def _lines() -> Callable[[Seen], None]:
    from rich.text import Text

    from lkapi.cli.output.console import output_console

    console = output_console()

    def show(seen: Seen) -> None:
        style = "" if 200 <= seen.answered < 300 else "red"
        console.print(Text(seen.line(), style), soft_wrap=True)
        sys.stdout.flush()

    return show
