"""``lkapi webhook send``: one event to a receiver, signed as LiveKit signs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

import click

from lkapi.cli.commands.webhook.options import shown_options, target_option
from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.failures import Failure
from lkapi.cli.groups import Command
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.cli.webhooks.posting import Outcome
    from lkapi.webhook import SignedWebhook, WebhookEvent

__all__ = ["command"]

_FAULTS: Final = {
    "expired": "whose token has expired",
    "secret": "that is signed with another secret",
    "body": "whose body was changed",
    "unsigned": "without a token",
}
_LONG_AGO: Final = 3600.0


@click.command(
    "send",
    cls=Command,
    shows=False,
    params=shown_options(),
    examples=[
        "lkapi webhook send room_started --to http://localhost:3000/webhook",
        "lkapi webhook send participant_joined --to localhost:3000/webhook --identity bob",
        """lkapi webhook send egress_ended --to localhost:3000 --data '{"room": {"name": "x"}}'""",
        "lkapi webhook send room_finished --to localhost:3000/webhook --fault expired",
    ],
)
@click.argument("event")
@target_option(required=True, note="Where to post it.")
@click.option("--room", default="demo", metavar="NAME", help="Name of the room [demo].")
@click.option(
    "--identity", default="ann", metavar="NAME", help="Identity of the participant [ann]."
)
@click.option("--id", "event_id", metavar="ID", help="Id of the event; a new one by default.")
@click.option("--data", metavar="JSON", help="Fields to set: JSON, @FILE, or - for standard input.")
@click.option(
    "--times",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Send the same delivery N times, as LiveKit does when answers get lost.",
)
@click.option(
    "--fault", type=click.Choice(list(_FAULTS)), help="Send a delivery that must be refused."
)
@pass_session
def command(
    session: Session,
    /,
    event: str,
    url: str,
    event_id: str | None,
    data: str | None,
    times: int,
    fault: str | None,
    room: str,
    identity: str,
) -> None:
    """Send an event, signed as LiveKit signs.

    The body is like a server's: the embedded server plays a short story of a room, and EVENT is
    taken from its events. --data changes members of the body, also nested ones.

    With --fault, the delivery must be refused: the command fails if it is accepted.
    """
    from lkapi.cli.webhooks.keys import signing_key
    from lkapi.cli.webhooks.posting import Poster
    from lkapi.cli.webhooks.samples import merge_event, sample_event

    key, secret = signing_key(session)
    made = sample_event(_known(event), room=room, identity=identity)
    if data is not None:
        made = merge_event(made, _read_data(data))
    if event_id is not None:
        made.id = event_id
    signed = _sign(made, key, secret, fault)
    poster = Poster(url, timeout=session.options.timeout or 10.0)
    try:
        outcomes = [poster.post(signed.body, signed.headers) for _ in range(times)]
    finally:
        poster.close()
    for outcome in outcomes:
        _show(session, made, outcome)
    _judge(outcomes, fault)


def _known(name: str) -> str:
    from lkapi._words import nearest_or_all
    from lkapi.webhook import EVENT_NAMES

    if name not in EVENT_NAMES:
        hint = nearest_or_all(name, sorted(EVENT_NAMES))
        raise click.UsageError(f"there is no event {name!r}{hint}")
    return name


def _read_data(given: str) -> dict[str, Any]:
    from lkapi.cli.flags.types import load_json

    try:
        found: object = load_json(given)
    except ValueError as error:
        raise click.UsageError(f"--data: {error}") from None
    if not isinstance(found, dict):
        raise click.UsageError('--data takes a JSON object, such as \'{"room": {"name": "demo"}}\'')
    return cast("dict[str, Any]", found)


def _sign(event: WebhookEvent, key: str, secret: str, fault: str | None) -> SignedWebhook:
    import time

    import attrs

    from lkapi.webhook import sign_event

    late = _LONG_AGO if fault == "expired" else 0.0
    other = f"not-{secret}" if fault == "secret" else secret
    signed = sign_event(event, key, other, clock=lambda: time.time() - late)
    if fault == "body":
        return attrs.evolve(signed, body=signed.body.replace(b'"event"', b' "event"', 1))
    if fault == "unsigned":
        kept = {name: text for name, text in signed.headers.items() if name != "Authorization"}
        return attrs.evolve(signed, headers=kept)
    return signed


def _show(session: Session, event: WebhookEvent, outcome: Outcome) -> None:
    from lkapi.cli.webhooks.summary import event_line

    if session.structured:
        members = {"event": event.to_dict(), "answer": outcome.as_dict()}
        session.write(json.dumps(members, ensure_ascii=False))
    elif session.options.quiet:
        session.write(event.id)
    else:
        session.write(f"{event_line(event)}  -> {outcome.describe()}")


def _judge(outcomes: list[Outcome], fault: str | None) -> None:
    """Raise unless every response is as expected."""
    from lkapi.cli.webhooks.answers import check_outcome
    from lkapi.cli.webhooks.posting import is_success

    for outcome in outcomes:
        if fault is None or outcome.error is not None:
            check_outcome(outcome)
        elif is_success(outcome.status):
            raise Failure(
                f"the receiver accepted a delivery {_FAULTS[fault]}",
                ExitCode.NOT_VERIFIED,
                advice="first of all, verify the raw body with lkapi.webhook.WebhookReceiver",
            )
