"""``lkapi token``: create, decode and verify access tokens; nothing is sent."""

from __future__ import annotations

import dataclasses
import sys
import time
from typing import TYPE_CHECKING, Any, Final, cast

import click

from lkapi.auth import (
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    VideoGrants,
)
from lkapi.cli.groups import Group
from lkapi.cli.options import SectionOption
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.auth import Claims

__all__ = ["group"]

group = Group("token", help="Create, decode and verify access tokens.")

GRANTS: Final = "Grants"
_GROUPS: Final[tuple[tuple[str, str, type[Any]], ...]] = (
    ("video", "", VideoGrants),
    ("sip", "sip-", SIPGrants),
    ("agent", "agent-", AgentGrants),
    ("agent_endpoint", "agent-endpoint-", AgentEndpointGrants),
    ("agent_thread", "agent-thread-", AgentThreadGrants),
    ("inference", "inference-", InferenceGrants),
    ("observability", "observability-", ObservabilityGrants),
)
"""Keyword of AccessToken, beginning of the flags, class."""
_OTHER_NAMES: Final = {
    "room_create": ("--create",),
    "room_list": ("--list",),
    "room_join": ("--join",),
    "room_admin": ("--admin",),
    "room_record": ("--record",),
}
_TEXTS: Final = ("room", "destination_room", "scope", "agent_name", "deployment")
_LISTS: Final = ("can_publish_sources", "thread_ids")
_NO_GRANTS: Final = (
    "Note: this token allows nothing. Add --join --room NAME --identity NAME for a participant, or "
    "grants such as --list or --create for API calls."
)


def _grant_options() -> list[click.Parameter]:
    """One flag for each grant that exists."""
    options: list[click.Parameter] = []
    for keyword, before, kind in _GROUPS:
        for field in dataclasses.fields(kind):
            word = "as-agent" if (keyword, field.name) == ("video", "agent") else field.name
            flag = f"--{before}{word.replace('_', '-')}"
            dest = f"grant__{keyword}__{field.name}"
            options.append(_grant_option(field, dest, flag))
    return options


def _grant_option(field: Any, dest: str, flag: str) -> SectionOption:
    others = _OTHER_NAMES.get(field.name, ())
    if field.name in _TEXTS:
        return SectionOption(dest, flag, section=GRANTS, metavar="TEXT")
    if field.name in _LISTS:
        what = "Repeat for several."
        return SectionOption(dest, flag, section=GRANTS, metavar="TEXT", multiple=True, help=what)
    if field.name.startswith("can_"):
        both = f"{flag}/--no-{flag.removeprefix('--')}"
        return SectionOption(dest, both, section=GRANTS, default=None)
    return SectionOption(dest, *others, flag, section=GRANTS, is_flag=True)


@group.command(
    "create",
    short_help="Create and print a token.",
    local=True,
    params=_grant_options(),
    examples=[
        "lkapi token create --join --room demo --identity ann",
        "lkapi token create --join --room demo -i ann --attribute team=blue --no-can-publish",
        "lkapi token create --create --list --ttl 30m",
        "lkapi token create --join --room demo --identity ann --agent greeter --json",
    ],
)
@click.option(
    "--identity", "-i", metavar="TEXT", help="Identity of the participant, unique in a room."
)
@click.option("--name", metavar="TEXT", help="The name that others see.")
@click.option("--metadata", metavar="TEXT", help="Metadata of the participant.")
@click.option(
    "--attribute", "attributes", metavar="KEY=VALUE", multiple=True, help="Repeat for several."
)
@click.option("--kind", metavar="NAME", help="standard, agent, sip, ingress, egress, ...")
@click.option("--kind-detail", "kind_details", metavar="NAME", multiple=True)
@click.option("--ttl", metavar="TIME", help="How long it is valid: 10m, 2h, 1d [6h].")
@click.option(
    "--room-config", metavar="JSON", help="Configuration of the room that the first join creates."
)
@click.option("--room-preset", metavar="NAME", help="A preset of the server's configuration.")
@click.option(
    "--agent", "agents", metavar="NAME", multiple=True, help="An agent to send into the room."
)
@click.option("--any-room", is_flag=True, help="Allow --join without --room.")
@click.option(
    "--allow-sensitive",
    is_flag=True,
    help="Allow credentials in --room-config: the token's holder can read them.",
)
@pass_session
def create(session: Session, /, **given: Any) -> None:
    """Create and print a token.

    With --join, the holder can join a room; the other grants are for calls of the server's API. In
    a pipe, only the token is printed.
    """
    from lkapi.auth import AccessToken, unverified

    _check_join(given)
    key, secret = session.connection.key()
    token = AccessToken(
        key,
        secret,
        identity=given["identity"],
        name=given["name"],
        metadata=given["metadata"],
        attributes=_pairs(given["attributes"]) or None,
        kind=given["kind"],
        kind_details=given["kind_details"] or None,
        room_config=_room_config(given),
        room_preset=given["room_preset"],
        allow_any_room=given["any_room"],
        allow_sensitive_credentials=given["allow_sensitive"],
        **_grants(given),
    )
    if given["ttl"]:
        _check_positive(given["ttl"])
        token.with_ttl(given["ttl"])
    jwt = token.to_jwt()
    if not _allows_something(_grants(given)):
        session.note(_NO_GRANTS)
    if session.structured:
        from lkapi.cli.output.documents import document, line

        found = {"token": jwt, "url": session.connection.url, "claims": dict(unverified(jwt).raw)}
        session.write(line(found) if session.options.jsonl else document(found))
        return
    session.write(jwt)
    if sys.stdout.isatty() and not session.options.quiet:
        session.note("")
        for name, value in _facts(unverified(jwt), time.time()):
            session.note(f"  {name:<9} {value}")


def _check_positive(ttl: str) -> None:
    if ttl.strip().startswith("-"):
        raise click.BadParameter(
            f"{ttl!r} must be positive: write 10m, 2h or 1d", param_hint="--ttl"
        )


def _allows_something(grants: dict[str, Any]) -> bool:
    """Whether a token with these grants allows anything; a room alone does not."""
    video = grants.get("video")
    return bool(grants.keys() - {"video"}) or (
        video is not None and any(value is True for value in dataclasses.astuple(video))
    )


def _pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not key or not mark:
            raise click.UsageError(f"--attribute: {pair!r} is not of the form KEY=VALUE")
        found[key] = value
    return found


def _grants(given: dict[str, Any]) -> dict[str, Any]:
    """The grants of the flags, by the keyword of AccessToken."""
    groups: dict[str, Any] = {}
    for keyword, _, kind in _GROUPS:
        values = {
            field.name: given[f"grant__{keyword}__{field.name}"]
            for field in dataclasses.fields(kind)
        }
        chosen = {
            name: _value(value) for name, value in values.items() if value not in (None, False, ())
        }
        chosen |= {
            name: False
            for name, value in values.items()
            if value is False and name.startswith("can_")
        }
        if chosen:
            groups[keyword] = kind(**chosen)
    return groups


def _value(value: Any) -> Any:
    return [*cast("tuple[str, ...]", value)] if isinstance(value, tuple) else value


def _room_config(given: dict[str, Any]) -> dict[str, Any] | None:
    from lkapi.cli.flags.types import load_json

    found: object = {}
    if given["room_config"]:
        try:
            found = load_json(given["room_config"])
        except ValueError as error:
            raise click.UsageError(f"--room-config: {error}") from None
        _check_room_config(found)
    config = cast("dict[str, Any]", found)
    for name in given["agents"]:
        config.setdefault("agents", []).append({"agent_name": name})
    return config or None


def _check_room_config(found: object) -> None:
    """Refuse what is not a room configuration. This loads messages; other tokens need none."""
    from lkapi.errors import DecodeError
    from lkapi.protocol.room import RoomConfiguration

    if not isinstance(found, dict):
        raise click.UsageError("--room-config: it is not a JSON object: write {...}")
    try:
        RoomConfiguration.from_dict(cast("dict[str, Any]", found), strict=True)
    except DecodeError as error:
        raise click.UsageError(f"--room-config: {error}") from None


def _check_join(given: dict[str, Any]) -> None:
    if not given["grant__video__room_join"]:
        return
    if not given["identity"]:
        raise click.UsageError("--join needs --identity: who joins")
    if not given["grant__video__room"] and not given["any_room"]:
        raise click.UsageError("--join needs --room, or --any-room to allow every room")


def _facts(claims: Claims, now: float) -> list[tuple[str, str]]:
    """The contents of a token, as readable text."""
    facts = [("key", claims.iss), ("identity", claims.identity), ("name", claims.name)]
    facts += [("kind", claims.kind), ("grants", _describe_grants(claims))]
    facts += [("room", str(claims.room_preset or "") and f"preset {claims.room_preset}")]
    facts += [("validity", _validity(claims, now))]
    return [(name, value) for name, value in facts if value]


def _describe_grants(claims: Claims) -> str:
    parts: list[str] = []
    for group_name, grants in claims.raw.items():
        if group_name in ("attributes", "roomConfig") or not isinstance(grants, dict):
            continue
        for grant, value in cast("dict[str, Any]", grants).items():
            parts.append(f"{group_name}.{grant}" + ("" if value is True else f"={value}"))
    return ", ".join(parts) or "none"


def _validity(claims: Claims, now: float) -> str:
    """The validity in words: ``valid for 5h 59m, until ...``, ``expired 3m ago, at ...``."""
    from lkapi.presentation.texts import show_duration, show_moment

    end, start = claims.expires_at, claims.not_before
    if end is None or claims.exp is None:
        return "without an expiry time, which no server accepts"
    if claims.exp <= now:
        return f"expired {show_duration(now - claims.exp)} ago, at {show_moment(end)}"
    if start is not None and claims.nbf is not None and claims.nbf > now + 1:
        wait = show_duration(claims.nbf - now)
        return f"not valid for {wait} yet, from {show_moment(start)} until {show_moment(end)}"
    return f"valid for {show_duration(claims.exp - now)}, until {show_moment(end)}"


@group.command(
    "decode",
    local=True,
    connects=False,
    short_help="Show what a token says, without a secret.",
    examples=[
        "lkapi token decode $JWT",
        "lkapi token create --join --room demo --identity ann | lkapi token decode",
        "lkapi token decode $JWT --json",
    ],
)
@click.argument("jwt", required=False, metavar="[TOKEN]")
@pass_session
def decode(session: Session, jwt: str | None) -> None:
    """Show what a token says, without a secret; nothing is verified.

    Without TOKEN, or with -, it is read from standard input.
    """
    from lkapi.auth import unverified

    claims = unverified(_read_token(jwt))
    _show(session, claims, [("validity", _validity(claims, time.time()))])


@group.command(
    "verify",
    local=True,
    short_help="Verify a token; the exit code says whether it is valid.",
    examples=[
        "lkapi token verify $JWT",
        "lkapi token create --list | lkapi token verify --quiet && echo valid",
    ],
)
@click.argument("jwt", required=False, metavar="[TOKEN]")
@click.option("--leeway", metavar="TIME", default="60s", help="How far clocks may differ [60s].")
@pass_session
def verify(session: Session, jwt: str | None, leeway: str) -> None:
    """Verify a token with the API key and secret; exit code 13 if it is not valid.

    Signature, key, and time are verified, as a server does.
    """
    from lkapi.auth import TokenVerifier
    from lkapi.presentation.texts import parse_duration

    try:
        tolerance = parse_duration(leeway)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--leeway") from None
    key, secret = session.connection.key()
    claims = TokenVerifier(key, secret, leeway=tolerance).verify(_read_token(jwt))
    _show(session, claims, [("result", "valid"), ("validity", _validity(claims, time.time()))])


def _read_token(given: str | None) -> str:
    if given is None and sys.stdin.isatty():
        raise click.UsageError("give the token, or pipe it in")
    text = sys.stdin.read() if given in (None, "-") else str(given)
    bare = text.strip()
    if given in (None, "-") and not bare:
        raise click.UsageError("standard input is empty: pipe the token in, or give it as TOKEN")
    return bare.removeprefix("Bearer ").strip()


def _show(session: Session, claims: Claims, more: list[tuple[str, str]]) -> None:
    if session.structured:
        from lkapi.cli.output.documents import document, line

        result = {"claims": dict(claims.raw), **dict(more)}
        session.write(line(result) if session.options.jsonl else document(result))
        return
    if session.options.quiet:
        return
    from lkapi.cli.output.facts import show_facts

    facts: list[tuple[str, Any]] = [
        ("key", claims.iss), ("identity", claims.identity), ("name", claims.name),
        ("kind", claims.kind), ("metadata", claims.metadata), ("attributes", claims.attributes),
        ("grants", _describe_grants(claims)), ("room preset", claims.room_preset),
        ("room config", claims.room_config_json), ("sha256", claims.sha256),
        ("issued", claims.issued_at), *more,
    ]  # fmt: skip
    show_facts([(name, value) for name, value in facts if value])
