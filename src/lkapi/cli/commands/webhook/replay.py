"""``lkapi webhook replay``: send again what ``listen --record`` kept."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.commands.webhook.options import key_options, shown_options, target_option
from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.failures import Failure
from lkapi.cli.groups import Command
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lkapi.cli.webhooks.posting import Outcome
    from lkapi.cli.webhooks.recordings import Recorded

__all__ = ["command"]


@click.command(
    "replay",
    cls=Command,
    shows=False,
    params=shown_options(),
    examples=[
        "lkapi webhook replay deliveries.jsonl",
        "lkapi webhook replay deliveries.jsonl --to http://localhost:3000/webhook",
        "lkapi webhook replay deliveries.jsonl --to localhost:3000 --event room_started --new-ids",
    ],
)
@click.argument("file")
@target_option(required=False, note="Where to post; without it the deliveries are listed.")
@click.option(
    "--event",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only events of this name; repeat for several.",
)
@click.option(
    "--new-ids",
    is_flag=True,
    help="Give each event a new id and the current time: receivers that handle an id "
    "once accept it again. Changes the body.",
)
@click.option(
    "--as-recorded",
    is_flag=True,
    help="Sign with the times of the recording: a receiver that checks them refuses "
    "deliveries that are older than five minutes.",
)
@key_options
@pass_session
def command(
    session: Session,
    /,
    file: str,
    url: str | None,
    names: tuple[str, ...],
    new_ids: bool,
    as_recorded: bool,
    **keys: Any,
) -> None:
    """Send again what `listen --record` kept, in order.

    Bodies are sent as they were received, signed again with the API key and the current time. FILE
    may be - for standard input.

    With --as-recorded, the token is made again from its recorded claims, with the secret of the key
    that signed it (see --also-key). It is the same token that LiveKit sent.
    """
    from lkapi.cli.webhooks.inputs import read_bytes
    from lkapi.cli.webhooks.posting import Poster
    from lkapi.cli.webhooks.recordings import read_recording

    if new_ids and as_recorded:
        raise click.UsageError(
            "--new-ids changes what --as-recorded would sign: give only one of them"
        )
    text = read_bytes(file, "FILE").decode("utf-8", "replace")
    chosen = [found for found in read_recording(text, file) if not names or found.event in names]
    if not chosen:
        session.note("No such delivery is recorded.")
    if url is None:
        for recorded in chosen:
            _show(session, recorded, None)
        return
    sign = _make_signer(session, as_recorded=as_recorded, **keys)
    poster = Poster(url, timeout=session.options.timeout or 10.0)
    outcomes: list[Outcome] = []
    try:
        for recorded in chosen:
            body = _renew(recorded.body) if new_ids else recorded.body
            headers = {**recorded.headers, "Authorization": sign(recorded, body)}
            outcomes.append(poster.post(body, headers))
            _show(session, recorded, outcomes[-1])
    finally:
        poster.close()
    _judge(outcomes)


def _make_signer(
    session: Session, *, as_recorded: bool, also_keys: Sequence[str], key_file: str | None
) -> Callable[[Recorded, bytes], str]:
    from lkapi.auth.jws import sign
    from lkapi.cli.webhooks.keys import find_keys, signing_key
    from lkapi.webhook import sign_webhook

    if not as_recorded:
        key, secret = signing_key(session)
        return lambda _, body: sign_webhook(body, key, secret)
    keys: Mapping[str, Sequence[str]] = find_keys(session, also_keys, key_file)

    def sign_again(recorded: Recorded, _: bytes) -> str:
        issuer = str(recorded.claims.get("iss", ""))
        if issuer not in keys:
            raise Failure(
                f"a delivery was signed with API key {issuer!r}, whose secret is unknown here",
                ExitCode.SETTINGS,
                advice="give it with --also-key KEY=SECRET or --key-file, or leave out "
                "--as-recorded",
            )
        return sign(dict(recorded.claims), keys[issuer][0])

    return sign_again


def _renew(body: bytes) -> bytes:
    """The body with a new id and the current time; everything else in it is unchanged."""
    from lkapi.devserver.runtime.ids import Ids

    members: Any = json.loads(body)
    renewed = {**members, "id": Ids().make("EV_"), "createdAt": str(int(time.time()))}
    renewed.pop("created_at", None)
    return json.dumps(renewed, ensure_ascii=False, separators=(",", ":")).encode()


def _show(session: Session, recorded: Recorded, outcome: Outcome | None) -> None:
    from lkapi.cli.webhooks.summary import event_line
    from lkapi.webhook import WebhookEvent

    if session.structured:
        members: dict[str, Any] = {
            "receivedAt": recorded.received_at,
            "event": json.loads(recorded.body),
        }
        if outcome is not None:
            members["answer"] = outcome.as_dict()
        session.write(json.dumps(members, ensure_ascii=False))
        return
    event = WebhookEvent.from_json(recorded.body)
    if session.options.quiet:
        session.write(event.id)
        return
    answer = "" if outcome is None else f"  -> {outcome.describe()}"
    session.write(f"{recorded.received_at}  {event_line(event)}{answer}")


def _judge(outcomes: Sequence[Outcome]) -> None:
    """Raise if a delivery was not accepted: its error, or how many of several failed."""
    from lkapi.cli.webhooks.answers import check_outcome
    from lkapi.cli.webhooks.posting import is_success

    failed = [found for found in outcomes if found.error or not is_success(found.status)]
    if not failed:
        return
    if len(failed) == len(outcomes) and len({found.status for found in failed}) == 1:
        check_outcome(failed[0])
    text = f"{len(failed)} of {len(outcomes)} deliveries were not accepted"
    raise Failure(text, ExitCode.PARTLY, advice="the lines above say which, and why")
