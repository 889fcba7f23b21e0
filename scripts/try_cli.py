"""Run every example of every command's help: on the embedded server, or on LIVEKIT_URL if set.

On a server of yours, what would cost money, call somebody or touch what is not ours is left out
unless --everything is given; so is what needs a participant, who cannot be made from here.
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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import lkapi
from lkapi.cli import main
from lkapi.cli.app import make_app
from lkapi.devserver import DevServer, HTTPFrontEnd, SimulatedParticipant, World
from scripts.try_webhooks import is_webhook, run_webhook

Result = tuple[int, str, str]
"""Exit code, standard output, standard error."""

ROOM = "demo"
SHELL_SIGNS = ("|", "&&", "$(", ">")
NEEDS_WORLD = ("$TRACK", "$SESSION", "$STREAM", "$WHATSAPP_CALL", "participant ", "sip transfer")
NOT_OURS = ("--all", "number purchase", "number release", "number update", "number get", "sip call",
            "connector ", "$ENDED_EGRESS", "analytics ")  # fmt: skip


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


def furnish(api: lkapi.SyncLiveKitAPI, world: World | None = None) -> dict[str, str]:
    """Make what examples name, and return the shell variables that stand for it."""
    api.room.create_room(name=ROOM, empty_timeout=120)
    api.room.create_room(name="other", empty_timeout=120)
    dispatch = api.agent_dispatch.create_dispatch(room=ROOM, agent_name="greeter")
    ingress = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT, name="studio", room_name=ROOM,
        participant_identity="camera",
    )  # fmt: skip
    inbound = [
        api.sip.create_inbound_trunk(trunk=lkapi.SIPInboundTrunkInfo(name=name, numbers=[number]))
        for name, number in (("one", "+15105550190"), ("two", "+15105550191"))
    ]
    outbound = api.sip.create_outbound_trunk(
        trunk=lkapi.SIPOutboundTrunkInfo(
            name="carrier", address="sip.example.com", numbers=["+15105550192"]
        )
    )
    direct = lkapi.SIPDispatchRuleDirect(room_name="lobby")
    rule = api.sip.create_dispatch_rule(
        dispatch_rule=lkapi.SIPDispatchRuleInfo(
            name="desk",
            trunk_ids=[inbound[0].sip_trunk_id],
            rule=lkapi.SIPDispatchRule(dispatch_rule_direct=direct),
        )
    )
    variables = {
        "JWT": "",
        "DISPATCH": dispatch.id,
        "INGRESS": ingress.ingress_id,
        "INBOUND": inbound[0].sip_trunk_id,
        "OTHER_INBOUND": inbound[1].sip_trunk_id,
        "OUTBOUND": outbound.sip_trunk_id,
        "RULE": rule.sip_dispatch_rule_id,
        "WHATSAPP_KEY": "whatsapp-key",
    }
    variables["EGRESS"] = _record(api, "take.mp4")
    if world is not None:
        variables |= _furnish_world(api, world, outbound.sip_trunk_id)
    return variables


def _record(api: lkapi.SyncLiveKitAPI, name: str) -> str:
    output = lkapi.EncodedFileOutput(filepath=name, s3=lkapi.S3Upload(bucket="takes"))
    started = api.egress.start_room_composite_egress(room_name=ROOM, file_outputs=[output])
    return started.egress_id


def _furnish_world(api: lkapi.SyncLiveKitAPI, world: World, outbound: str) -> dict[str, str]:
    """The same for what no server API can make: people, tracks, recordings that are over."""
    people = [_join(world, name) for name in ("ann", "bob")]
    people[0].register_rpc("greet", lambda call: f"hello, {call.payload}")
    track = people[0].publish("microphone")
    ended = _record(api, "ended.mp4")
    world.egresses.activate(ended)
    world.egresses.complete(ended)
    stream = api.egress.start_room_composite_egress(
        room_name=ROOM, stream_outputs=[lkapi.StreamOutput(urls=["rtmp://live.example.com/a/b"])]
    )
    for egress in api.egress.list_egress(active=True).items:
        world.egresses.activate(egress.egress_id)
    api.sip.create_sip_participant(
        sip_trunk_id=outbound, sip_call_to="+15105550130", room_name=ROOM,
        participant_identity="phone", wait_until_answered=True,
    )  # fmt: skip
    api.phone_number.purchase_phone_number(phone_numbers=["+14155550142"])
    call = api.connector.dial_whatsapp_call(
        whatsapp_phone_number_id="1", whatsapp_to_phone_number="+15105550131",
        whatsapp_api_key="k", whatsapp_cloud_api_version="23.0", room_name=ROOM,
    )  # fmt: skip
    return {
        "TRACK": track.sid,
        "ENDED_EGRESS": ended,
        "STREAM": stream.egress_id,
        "WHATSAPP_CALL": call.whatsapp_call_id,
        "SESSION": world.rooms[ROOM].info.sid,
    }


def _join(world: World, identity: str) -> SimulatedParticipant:
    key, secret = next(iter(world.config.keys.items()))
    token = lkapi.AccessToken(key, secret, identity=identity).add_grant(room_join=True, room=ROOM)
    return world.join(token.to_jwt())


def run(example: str, environ: Mapping[str, str], home: str) -> Result:
    """One example: exit code, standard output, standard error."""
    if example.startswith("lkapi dev"):
        return _run_server(example, environ)
    if is_webhook(example) and "TOKEN" not in environ:
        return run_webhook(example, environ, home, run)
    if any(sign in example for sign in SHELL_SIGNS):
        return _run_in_shell(example, environ, home)
    before = dict(os.environ)
    os.environ.update(environ)
    Path(home, "s3.json").write_text('{"s3": {"bucket": "takes"}}')
    out, err = io.StringIO(), io.StringIO()
    try:
        arguments = shlex.split(_expanded(example, environ).replace("s3.json", f"{home}/s3.json"))[
            1:
        ]
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


def _run_server(example: str, environ: Mapping[str, str]) -> Result:
    """Start the embedded server, read its first line, and interrupt it."""
    arguments = shlex.split(example.replace("--port 7880", "--port 0"))[1:]
    process = subprocess.Popen(
        [sys.executable, "-m", "lkapi", *arguments], env={**os.environ, **environ},
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


def prepare(environ: Mapping[str, str], world: World | None = None) -> dict[str, str]:
    """Furnish a server, and add the shell variables to the environment that leads to it."""
    key, secret = environ["LIVEKIT_API_KEY"], environ["LIVEKIT_API_SECRET"]
    with lkapi.SyncLiveKitAPI(environ["LIVEKIT_URL"], key, secret) as api:
        variables = furnish(api, world)
    token = lkapi.AccessToken(key, secret, identity="ann").add_grant(room_join=True, room=ROOM)
    return {**environ, **variables, "JWT": token.to_jwt()}


def try_all(names: Sequence[str], everything: bool) -> int:
    """Run the examples that may be run, and count those that failed."""
    real = "LIVEKIT_URL" in os.environ
    failed = skipped = 0
    chosen = [example for example in examples() if all(name in example for name in names)]
    for example in chosen:
        if real and not everything and any(word in example for word in (*NEEDS_WORLD, *NOT_OURS)):
            skipped += 1
            print(f"left out  {example}")
            continue
        with contextlib.ExitStack() as stack:
            home = stack.enter_context(tempfile.TemporaryDirectory())
            world, environ = None, dict(os.environ)
            if not real:
                world, environ = stack.enter_context(embedded())
            start = time.perf_counter()
            code, _, err = run(example, prepare(environ, world), home)
        failed += code != 0
        took = time.perf_counter() - start
        print(f"{f'exit {code}' if code else 'ok':<8}  {example}  ({took:.2f} s)")
        if code:
            print("          " + err.replace("\n", "\n          ").rstrip())
    print(f"{len(chosen) - failed - skipped} passed, {failed} failed, {skipped} left out")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only examples with these words")
    parser.add_argument("--everything", action="store_true", help="leave nothing out")
    options = parser.parse_args()
    sys.exit(try_all(options.names, options.everything))
