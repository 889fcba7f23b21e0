"""``lkapi webhook verify``: whether a delivery is genuine, and why not."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import click

from lkapi.cli.commands.webhook.options import key_options, shown_options
from lkapi.cli.groups import Command
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.webhook import WebhookDelivery, WebhookReceiver

__all__ = ["command"]

_LEAST_SECRET: Final = 16
"""Shorter values are not tokens: hiding them would hide words of the error."""


@click.command(
    "verify",
    cls=Command,
    shows=False,
    local=True,
    params=shown_options(),
    examples=[
        'lkapi webhook verify --body body.json --authorization "$TOKEN"',
        'echo "$TOKEN" | lkapi webhook verify --body body.json --authorization -',
        'cat body.json | lkapi webhook verify --body - --authorization "$TOKEN" --json',
    ],
)
@click.option(
    "--body",
    "source",
    required=True,
    metavar="FILE",
    help="The body exactly as received; - for standard input.",
)
@click.option(
    "--authorization",
    required=True,
    metavar="TOKEN",
    help="Value of the Authorization header; - for standard input.",
)
@click.option(
    "--at",
    metavar="TIME",
    help="Verify as if it were this time: 2026-08-01T12:00:00Z, or 2h for two hours ago.",
)
@key_options
@pass_session
def command(
    session: Session,
    /,
    source: str,
    authorization: str,
    at: str | None,
    **keys: Any,
) -> None:
    """Say whether a delivery is genuine, and why not.

    Exit code 0 if it is, 13 if it is not. The signature covers the bytes of the body: if an editor
    or `echo` has added a line break at the end of the file, it is a different body.
    """
    from lkapi.cli.webhooks.inputs import read_bytes
    from lkapi.cli.webhooks.keys import find_keys
    from lkapi.webhook import WebhookReceiver, WebhookVerifier

    if source == authorization == "-":
        raise click.UsageError("--body and --authorization cannot both come from standard input")
    header = authorization
    if authorization == "-":
        header = read_bytes("-", "--authorization").decode("utf-8", "replace").strip()
    if len(header) >= _LEAST_SECRET:
        session.options.secrets.append(header)
    now = _moment(at)
    verifier = WebhookVerifier(keys=find_keys(session, **keys), clock=lambda: now)
    body = read_bytes(source, "--body")
    _show(session, _verify(WebhookReceiver(verifier), body, header), now)


def _moment(text: str | None) -> float:
    from lkapi.presentation.texts import parse_moment

    present = time.time()
    if text is None:
        return present
    try:
        return parse_moment(text, datetime.fromtimestamp(present, timezone.utc)).timestamp()
    except ValueError as error:
        raise click.UsageError(f"--at: {error}") from None


def _verify(receiver: WebhookReceiver, body: bytes, header: str) -> WebhookDelivery:
    from lkapi.errors import WebhookError, WebhookHashError

    try:
        return receiver.receive_delivery(body, header)
    except WebhookHashError as error:
        bare = body.rstrip(b"\r\n")
        try:
            receiver.receive_delivery(bare, header)
        except WebhookError:
            raise error from None
        raise WebhookHashError(
            "the body was signed without the line break at its end: write the file as received, "
            "without one"
        ) from None


def _show(session: Session, delivery: WebhookDelivery, now: float) -> None:
    from lkapi.cli.webhooks.summary import event_line
    from lkapi.presentation.texts import show_ago

    ends = delivery.claims.expires_at
    assert ends is not None  # the verifier refuses a token without an expiry time
    if session.structured:
        members = {
            "verified": True,
            "signedBy": delivery.claims.iss,
            "expiresAt": ends.isoformat().replace("+00:00", "Z"),
            "event": delivery.raw,
        }
        session.write(json.dumps(members, ensure_ascii=False))
    elif session.options.quiet:
        session.write(delivery.event.id)
    else:
        session.write(event_line(delivery.event))
        when = show_ago(ends, datetime.fromtimestamp(now, timezone.utc))
        past = "expired" if ends.timestamp() <= now else "ends"
        session.write(f"genuine: signed by {delivery.claims.iss}, the token {past} {when}")
