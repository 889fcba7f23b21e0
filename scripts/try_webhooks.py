"""What the examples of `lkapi webhook` name: a receiver at localhost:3000, and three files."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lkapi.cli.webhooks.listener import Listener
from lkapi.cli.webhooks.recordings import Recorded
from lkapi.cli.webhooks.samples import sample_event
from lkapi.cli.webhooks.server import PostServer
from lkapi.webhook import WebhookReceiver, sign_event

Result = tuple[int, str, str]
RECEIVER = re.compile(r"localhost:3000(/webhook)?")


def is_webhook(example: str) -> bool:
    """Whether an example needs what is made here."""
    return "lkapi webhook" in example


def run_webhook(
    example: str,
    environ: Mapping[str, str],
    home: str,
    run: Callable[[str, Mapping[str, str], str], Result],
) -> Result:
    """Run an example where its receiver and its files are; a listener until it is interrupted."""
    variables = _make_files(environ, Path(home))
    for name in ("deliveries.jsonl", "body.json"):
        example = example.replace(name, f"{home}/{name}")
    with _receiver(environ) as url:
        placed = RECEIVER.sub(url.rstrip("/").removeprefix("http://"), example)
        if example.startswith("lkapi webhook listen"):
            return _run_listener(placed, {**environ, **variables})
        return run(placed, {**environ, **variables}, home)


def _key(environ: Mapping[str, str]) -> tuple[str, str]:
    return environ["LIVEKIT_API_KEY"], environ["LIVEKIT_API_SECRET"]


def _make_files(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """A recording, a body, and the token of the body as a shell variable."""
    lines: list[str] = []
    for name in ("room_started", "room_finished"):
        signed = sign_event(sample_event(name), *_key(environ))
        lines.append(Recorded.of(signed.body, name, {}, signed.headers, 0).to_line() + "\n")
    (home / "deliveries.jsonl").write_text("".join(lines))
    signed = sign_event(sample_event("room_started"), *_key(environ))
    (home / "body.json").write_bytes(signed.body)
    return {"TOKEN": signed.authorization}


@contextlib.contextmanager
def _receiver(environ: Mapping[str, str]) -> Iterator[str]:
    """A receiver that verifies; its url."""
    listener = Listener(WebhookReceiver(_key(environ)))
    with PostServer(listener.handle, listener.refused) as server:
        yield server.url


def _run_listener(example: str, environ: Mapping[str, str]) -> Result:
    """Start a listener, read its first line, and interrupt it."""
    arguments = shlex.split(re.sub(r"--port \d+|$", " --port 0", example, count=1))[1:]
    process = subprocess.Popen(
        [sys.executable, "-m", "lkapi", *arguments], env={**os.environ, **environ},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    greeting = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, greeting + err
