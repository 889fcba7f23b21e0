"""Run every example of every command's help: on the embedded server, or on LIVEKIT_URL if set.

On a server of yours, what would cost money, call somebody or touch what was there before is left
out unless --everything is given; so is what needs a participant, and what the server does not
offer. What examples make there is deleted again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import lkapi
from lkapi.cli import main
from lkapi.cli.app import make_app
from lkapi.cli.exit_codes import ExitCode
from lkapi.devserver import DevServer, HTTPFrontEnd, World

sys.path.insert(0, str(Path(__file__).parent))
from cli_furniture import MAKERS, ROOM, Tidying, furnish, furnish_world, variables_in
from participants import joined
from try_webhooks import is_webhook, run_webhook

Result = tuple[int, str, str]
"""Exit code, standard output, standard error."""

NOT_POSSIBLE = -1
"""In place of an exit code: the server cannot make what the example names."""

SHELL_SIGNS = ("|", "&&", "$(", ">")
FILES = {"s3.json": '{"s3": {"bucket": "takes"}}', "program.py": "from livekit import api\n"}
"""What examples name in the folder where they run."""
NEEDS_PEOPLE = ("$TRACK", "participant ")
NEEDS_WORLD = ("$SESSION", "$STREAM", "$WHATSAPP_CALL", "sip transfer")
NOT_OURS = ("--all -", "number purchase", "number release", "number update", "number get",
            "sip call", "connector ", "$ENDED_EGRESS", "analytics ")  # fmt: skip


def commands(
    group: click.Group | None = None, path: tuple[str, ...] = ("lkapi",)
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that lead to it."""
    group = group or make_app()
    context = click.Context(group, info_name="lkapi")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def examples() -> list[str]:
    """Every example of every command."""
    return [example for _, command in commands() for example in command.examples]


def run(example: str, environ: Mapping[str, str], home: str) -> Result:
    """One example: exit code, standard output, standard error."""
    if example.startswith(("lkapi dev", "lkapi console")):
        return _run_server(example, environ, home)
    if is_webhook(example) and "TOKEN" not in environ:
        return run_webhook(example, environ, home, run)
    if any(sign in example for sign in SHELL_SIGNS):
        return _run_in_shell(example, environ, home)
    before = dict(os.environ)
    os.environ.update(environ)
    text = _expanded(example, environ)
    for name, content in FILES.items():
        Path(home, name).write_text(content)
        text = text.replace(name, f"{home}/{name}")
    out, err = io.StringIO(), io.StringIO()
    try:
        arguments = shlex.split(text)[1:]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(arguments)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return code, out.getvalue(), err.getvalue()


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    for name in sorted(environ, key=len, reverse=True):
        text = text.replace(f"${name}", environ[name])
    return text


def _run_in_shell(example: str, environ: Mapping[str, str], home: str) -> Result:
    shell = next((s for s in ("zsh", "fish") if f"completion {s})" in example), "bash")
    (Path(home) / ".config/fish/completions").mkdir(parents=True, exist_ok=True)
    here = str(Path(sys.executable).parent)
    env = {**os.environ, **environ, "HOME": str(home), "PATH": f"{here}:{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            [shell, "-c", example], env=env, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except FileNotFoundError:  # zsh is not installed everywhere: then its script alone is looked at
        return run(f"lkapi completion {shell}", environ, home)
    return done.returncode, done.stdout, done.stderr


def _run_server(example: str, environ: Mapping[str, str], home: str) -> Result:
    """Start the embedded server or the console, read its first line, and interrupt it."""
    Path(home, "console-password").write_text("open sesame\n")
    arguments = shlex.split(example.replace("--port 7880", "--port 0"))[1:]
    if arguments[0] == "console":
        arguments += ["--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lkapi", *arguments], env={**os.environ, **environ}, cwd=home,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    line = process.stdout.readline()
    process.terminate()
    rest, err = process.communicate(timeout=60)
    return process.returncode, line + rest, err


@contextlib.contextmanager
def embedded() -> Iterator[tuple[World, dict[str, str]]]:
    """The embedded server on a free port: its world, and the environment that leads to it."""
    world = World(keys={"devkey": "secret"})
    with HTTPFrontEnd(DevServer(world)) as http:
        yield (
            world,
            {
                "LIVEKIT_URL": http.url,
                "LIVEKIT_API_KEY": "devkey",
                "LIVEKIT_API_SECRET": "secret",
                "LIVEKIT_PROJECT_ID": "p_demo",
            },
        )


def prepare(
    environ: Mapping[str, str], world: World | None = None, wanted: Iterable[str] | None = None
) -> dict[str, str]:
    """Furnish a server, and add the shell variables to the environment that leads to it.

    ``wanted`` are the variables that are needed; all of them by default.
    """
    key, secret = environ["LIVEKIT_API_KEY"], environ["LIVEKIT_API_SECRET"]
    with lkapi.SyncLiveKitAPI(environ["LIVEKIT_URL"], key, secret) as api:
        everything = wanted is None
        variables = furnish(api, MAKERS if everything else wanted, patient=not everything)
        if world is not None:
            variables |= furnish_world(api, world, variables["OUTBOUND"])
    token = lkapi.AccessToken(key, secret, identity="ann").add_grant(room_join=True, room=ROOM)
    return {**environ, **variables, "JWT": token.to_jwt()}


def _try_embedded(example: str) -> Result:
    with embedded() as (world, environ), tempfile.TemporaryDirectory() as home:
        return run(example, prepare(environ, world), home)


def _needs_people(example: str) -> bool:
    return any(word in example for word in NEEDS_PEOPLE)


@contextlib.contextmanager
def _people(api: lkapi.SyncLiveKitAPI) -> Iterator[dict[str, str]]:
    """Ann and bob in the room, and the variable for a track of hers."""
    with joined("ann", ROOM), joined("bob", ROOM):
        ann = api.room.get_participant(room=ROOM, identity="ann")
        yield {"TRACK": ann.tracks[0].sid}


def _try_real(example: str) -> Result:
    environ = dict(os.environ)
    key, secret = environ["LIVEKIT_API_KEY"], environ["LIVEKIT_API_SECRET"]
    with lkapi.SyncLiveKitAPI(environ["LIVEKIT_URL"], key, secret) as api:
        tidying = Tidying(api)
        there = _people(api) if _needs_people(example) else contextlib.nullcontext(dict[str, str]())
        try:
            environ = prepare(environ, wanted=variables_in(example))
            with there as variables, tempfile.TemporaryDirectory() as home:
                return run(example, {**environ, **variables}, home)
        except lkapi.APIError as error:
            return NOT_POSSIBLE, "", f"what it names cannot be made here: {error.code}"
        finally:
            tidying.tidy()


def try_all(names: Sequence[str], *, everything: bool, join: bool = False) -> int:
    """Run the examples that may be run, and say of each what came of it."""
    real = "LIVEKIT_URL" in os.environ
    careful = (*NEEDS_WORLD, *NOT_OURS) if real and not everything else ()
    if real and not join:
        careful += NEEDS_PEOPLE
    chosen = [example for example in examples() if all(name in example for name in names)]
    counts = {"ok": 0, "failed": 0, "left out": 0}
    for example in chosen:
        if any(word in example for word in careful):
            counts["left out"] += 1
            print(f"left out  {example}")
            continue
        start = time.perf_counter()
        code, _, err = (_try_real if real else _try_embedded)(example)
        verdict = "ok" if code == 0 else f"exit {code}"
        if real and code in (NOT_POSSIBLE, ExitCode.SERVER):
            verdict = "left out"
        counts[verdict if verdict in counts else "failed"] += 1
        print(f"{verdict:<8}  {example}  ({time.perf_counter() - start:.2f} s)")
        if code:
            print("          " + err.rstrip().replace("\n", "\n          "))
    print(f"{counts['ok']} passed, {counts['failed']} failed, {counts['left out']} left out")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only examples with these words")
    parser.add_argument("--everything", action="store_true", help="leave nothing out")
    parser.add_argument("--join", action="store_true", help="let two participants join")
    options = parser.parse_args()
    sys.exit(try_all(options.names, everything=options.everything, join=options.join))
