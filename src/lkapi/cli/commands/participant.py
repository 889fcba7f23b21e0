"""``lkapi participant``: who is in a room, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table
    from lkapi.protocol.room import MuteRoomTrackRequest, UpdateSubscriptionsRequest

__all__ = ["group"]

group = Group("participant", help="The participants of a room.")


def _table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "identity",
        Column("identity", "identity", whole=True),
        Column("name", "name"),
        Column("state", "state"),
        Column("kind", "kind"),
        Column("tracks", lambda person: len(person.tracks), right=True),
        Column("joined", "joined_time"),
        Column("sid", "sid", wide=True, whole=True),
        Column("region", "region", wide=True),
        empty="There is nobody in the room.",
    )


_PERSON = ("room", "identity")

group.add_command(
    ListCommand(
        "list",
        "room.LIST_PARTICIPANTS",
        items="participants",
        table=_table,
        arguments=("room",),
        required=("room",),
        help="List who is in a room.",
        examples=["lkapi participant list demo", "lkapi participant list demo --jsonl"],
    )
)

group.add_command(
    RowCommand(
        "get",
        "room.GET_PARTICIPANT",
        arguments=_PERSON,
        required=_PERSON,
        skip=("revoke_token_ts",),
        key="identity",
        help="Show a participant with the tracks they publish.",
        examples=["lkapi participant get demo ann"],
    )
)


def _update(session: Session, request: Any, **changes: bool | None) -> None:
    from lkapi.methods.room import UPDATE_PARTICIPANT

    wanted: Any = {name: value for name, value in changes.items() if value is not None}
    if wanted and request.permission is not None:
        raise click.UsageError("--permission replaces all permissions: give it alone")
    if wanted and session.options.curl:
        raise click.UsageError(
            "--curl cannot show this: a call carries all permissions, and those of now would have "
            "to be read first; give all that shall hold with --permission"
        )
    if not wanted:
        session.show(session.call(UPDATE_PARTICIPANT, request), key="identity")
        return
    changed = session.client.room.update_participant(request, permission_changes=wanted)
    session.show(changed, key="identity")


_FLAGS = ("can-publish", "can-subscribe", "can-publish-data", "hidden", "can-update-metadata")

group.add_command(
    RowCommand(
        "update",
        "room.UPDATE_PARTICIPANT",
        arguments=_PERSON,
        required=_PERSON,
        key="identity",
        params=[
            click.Option(
                [f"--{flag}/--no-{flag}"], default=None, help="Keeps the other permissions."
            )
            for flag in _FLAGS
        ],
        callback=_update,
        help="Change a participant's name, metadata, attributes or permissions.",
        examples=[
            "lkapi participant update demo ann --name Ann --attributes team=blue",
            "lkapi participant update demo ann --no-can-publish",
        ],
    )
)


@group.command(
    "remove",
    short_help="Disconnect participants.",
    examples=[
        "lkapi participant remove demo ann --yes",
        "lkapi participant remove demo --all --yes",
    ],
)
@click.argument("room")
@click.argument("identities", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Everyone in the room.")
@click.option("--missing-ok", is_flag=True, help="It is not an error if nobody is there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def remove(
    session: Session, room: str, identities: tuple[str, ...], every: bool, missing_ok: bool,
    yes: bool,
) -> None:  # fmt: skip
    """Disconnect participants; their tokens stay valid, so they may come back."""
    from lkapi.cli.items import confirm, for_each
    from lkapi.methods.room import REMOVE_PARTICIPANT

    if bool(identities) == every:
        raise click.UsageError("name whom to remove, or give --all")
    if every and session.options.curl:
        raise click.UsageError("--curl sends nothing, so --all finds nobody: name them")
    chosen = list(identities)
    if every:
        found = session.client.room.list_participants(room=room).participants
        chosen = [person.identity for person in found]
    if not chosen:
        session.note("There is nobody in the room.")
        return
    who = repr(chosen[0]) if len(chosen) == 1 else f"{len(chosen)} participants"
    confirm(session, f"Disconnect {who} from the room {room!r}?", yes=yes)

    def disconnect(identity: str) -> None:
        request = REMOVE_PARTICIPANT.request(room=room, identity=identity)
        if session.options.curl:
            session.call(REMOVE_PARTICIPANT, request)
        session.client.room.remove_participant(request, missing_ok=missing_ok)

    for_each(session, chosen, disconnect, done="removed")


def _mute(request: MuteRoomTrackRequest, *, unmute: bool) -> None:
    request.muted = not unmute


group.add_command(
    RowCommand(
        "mute",
        "room.MUTE_PUBLISHED_TRACK",
        arguments=("room", "identity", "track_sid"),
        required=("room", "identity", "track_sid"),
        skip=("muted",),
        part="track",
        key="sid",
        params=[click.Option(["--unmute"], is_flag=True, help="Unmute it instead.")],
        adjust=_mute,
        help="Mute a track that a participant publishes.",
        examples=["lkapi participant mute demo ann $TRACK"],
    )
)


def _subscribe(request: UpdateSubscriptionsRequest, *, unsubscribe: bool) -> None:
    request.subscribe = not unsubscribe


group.add_command(
    RowCommand(
        "subscribe",
        "room.UPDATE_SUBSCRIPTIONS",
        arguments=_PERSON,
        required=_PERSON,
        skip=("subscribe",),
        names={"track_sids": "--track"},
        params=[click.Option(["--unsubscribe"], is_flag=True, help="Unsubscribe instead.")],
        adjust=_subscribe,
        done="Changed the subscriptions of {identity}.",
        help="Subscribe a participant to tracks, or unsubscribe them.",
        examples=["lkapi participant subscribe demo bob --track $TRACK"],
    )
)

group.add_command(
    RowCommand(
        "send-data",
        "room.SEND_DATA",
        arguments=("room", "data"),
        required=("room", "data", "destination_identities"),
        skip=("nonce", "destination_sids"),
        names={"destination_identities": "--to"},
        done="Sent.",
        help="Send data to participants. DATA may be text, @FILE or -.",
        examples=["lkapi participant send-data demo hello --to ann --topic chat"],
    )
)

group.add_command(
    RowCommand(
        "rpc",
        "room.PERFORM_RPC",
        arguments=("room", "destination_identity", "method"),
        required=("room", "destination_identity", "method"),
        key="payload",
        waits="waiting for the answer",
        help="Call an RPC method that a participant has registered.",
        examples=["lkapi participant rpc demo ann greet --payload hello"],
    )
)

for _verb, _row, _what in (
    ("move", "room.MOVE_PARTICIPANT", "Move a participant to another room (LiveKit Cloud)."),
    (
        "forward",
        "room.FORWARD_PARTICIPANT",
        "Show a participant in a second room too (LiveKit Cloud).",
    ),
):
    group.add_command(
        RowCommand(
            _verb,
            _row,
            arguments=("room", "identity", "destination_room"),
            required=("room", "identity", "destination_room"),
            done="Done: {identity} is in {destination_room}.",
            help=_what,
            examples=[f"lkapi participant {_verb} demo ann other"],
        )
    )
