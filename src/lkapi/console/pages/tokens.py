"""Tokens: a form for every grant with the claims beside it, and the contents of a pasted token."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.auth import unverified
from lkapi.console.actions.shown import python_message
from lkapi.console.problems import Problem
from lkapi.console.web.page import Page, Route
from lkapi.presentation.texts import parse_duration, show_duration, show_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from lkapi.console.web.view import View

__all__ = ["page"]

GROUPS: Final[tuple[tuple[str, str, type[Any]], ...]] = (
    ("video", "Rooms", lkapi.VideoGrants),
    ("sip", "Telephony", lkapi.SIPGrants),
    ("agent", "Cloud agents", lkapi.AgentGrants),
    ("agent_endpoint", "Agent endpoint", lkapi.AgentEndpointGrants),
    ("agent_thread", "Agent conversations", lkapi.AgentThreadGrants),
    ("inference", "Inference", lkapi.InferenceGrants),
    ("observability", "Observability", lkapi.ObservabilityGrants),
)
"""Keyword of ``AccessToken``, heading, class."""
_TEXTS: Final = ("room", "destination_room", "scope", "agent_name", "deployment")
_LISTS: Final = ("can_publish_sources", "thread_ids")
_ORDER: Final = ("check", "three", "text", "lines")
_KINDS: Final = ("", "standard", "agent", "sip", "ingress", "egress", "connector", "bridge")
_START: Final = {"video.room_join": "on", "ttl": "1h"}


def _fields() -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Each group with its fields: name, label, and ``check``, ``three``, ``text`` or ``lines``."""
    groups: list[tuple[str, str, list[tuple[str, str, str]]]] = []
    for keyword, heading, kind in GROUPS:
        names = [field.name for field in dataclasses.fields(kind)]
        inputs = [(f"{keyword}.{name}", name.replace("_", " "), _kind(name)) for name in names]
        inputs.sort(key=lambda one: _ORDER.index(one[2]))
        groups.append((keyword, heading, inputs))
    return groups


def _kind(name: str) -> str:
    if name in _TEXTS:
        return "text"
    if name in _LISTS:
        return "lines"
    return "three" if name.startswith("can_") else "check"


async def show_tokens(view: View) -> Response:
    """``GET /tokens``: the form, filled from the address."""
    form = {**_START, **dict(view.query)}
    return view.render("tokens.html", **_drawn(view, form))


def _drawn(view: View, form: Mapping[str, str]) -> dict[str, Any]:
    claims, problem = "", None
    try:
        claims = _claims_text(_make(view, form).claims.asdict(), form)
    except (lkapi.LiveKitError, ValueError) as error:
        problem = str(error)
    return {
        "groups": _fields(), "form": form, "kinds": _KINDS, "claims": claims, "problem": problem,
        "python": _python(form), "command": "", "can_sign": view.console.settings.can_sign,
    }  # fmt: skip


def _claims_text(claims: Mapping[str, Any], form: Mapping[str, str]) -> str:
    seconds = parse_duration(form.get("ttl", "").strip() or "6h")
    shown = {"iss": "(the API key)", **claims, "exp": f"(now + {show_duration(seconds)})"}
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _make(view: View, form: Mapping[str, str]) -> lkapi.AccessToken:
    """The token of a form.

    Raises:
        TokenError: an input cannot be used.
        SettingsError: this console has no key to sign with.
    """
    settings = view.console.settings
    if not settings.can_sign:
        raise lkapi.SettingsError(
            "this console has a token but no API key to sign with: start it with --api-key and "
            "--api-secret"
        )
    given: dict[str, Any] = dict(_keywords(form))
    if given.get("grants") and given["grants"].room_join and not given.get("identity"):
        raise ValueError("a token to join needs an identity")
    return lkapi.AccessToken(settings.api_key, settings.api_secret, **given)


def _keywords(form: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: form[name]
        for name in ("identity", "name", "metadata", "room_preset", "kind")
        if form.get(name, "").strip()
    }
    if found.get("kind", "standard") not in _KINDS:
        raise ValueError(f"there is no kind {found['kind']!r}")
    if form.get("ttl", "").strip():
        found["ttl"] = parse_duration(form["ttl"])
    if form.get("attributes", "").strip():
        found["attributes"] = _pairs(form["attributes"])
    if form.get("room_config", "").strip():
        found["room_config"] = _room_config(form["room_config"])
    for keyword, _, kind in GROUPS:
        grants = _grants(keyword, kind, form)
        if grants:
            found["grants" if keyword == "video" else keyword] = kind(**grants)
    return found


def _room_config(text: str) -> lkapi.RoomConfiguration:
    try:
        return lkapi.RoomConfiguration.from_json(text, strict=True)
    except lkapi.DecodeError as error:
        raise ValueError(f"room configuration: {error}") from None


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        key, mark, value = line.partition("=")
        if not mark or not key.strip():
            raise ValueError(f"attributes: {line.strip()!r} is not of the form KEY=VALUE")
        found[key.strip()] = value.strip()
    return found


def _grants(keyword: str, kind: type[Any], form: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        text = form.get(f"{keyword}.{field.name}", "").strip()
        if not text:
            continue
        how = _kind(field.name)
        if how == "lines":
            found[field.name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif how == "three":
            found[field.name] = text == "yes"
        else:
            found[field.name] = text if how == "text" else True
    return found


def _python(form: Mapping[str, str]) -> str:
    """The same in Python; empty while the form cannot be used."""
    try:
        given = _keywords(form)
    except (lkapi.LiveKitError, ValueError):
        return ""
    lines = "".join(f"    {name}={_written(value)},\n" for name, value in given.items())
    uses = "import os\n\n" if "os.environ[" in lines else ""
    return f"{uses}import lkapi\n\ntoken = lkapi.AccessToken(\n{lines}).to_jwt()"


def _written(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False) if type(value) is str else repr(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        set_fields = (
            f"{field.name}={_written(getattr(value, field.name))}"
            for field in dataclasses.fields(value)
            if getattr(value, field.name) not in (None, False, "")
            or (getattr(value, field.name) is False and field.name.startswith("can_"))
        )
        return f"lkapi.{type(value).__name__}({', '.join(set_fields)})"
    if isinstance(value, lkapi.RoomConfiguration):
        return python_message(value)
    return repr(value)


async def preview(view: View) -> Response:
    """``POST /tokens/claims``: the claims for the current form; nothing is signed."""
    return view.render("tokens_claims.html", **_drawn(view, await view.form()))


async def make(view: View) -> Response:
    """``POST /tokens/make``: sign a token."""
    form = await view.form()
    try:
        jwt = _make(view, form).to_jwt()
    except (lkapi.LiveKitError, ValueError) as error:
        problem = Problem(title="The token cannot be made", reason=str(error), status=422)
        return view.render("tokens_made.html", 422, problem=problem, jwt="", url="")
    url = "ws" + view.console.base_url.removeprefix("http")
    return view.render("tokens_made.html", problem=None, jwt=jwt, url=url)


async def decode(view: View) -> Response:
    """``POST /tokens/decode``: the contents of a token, and whether this server would accept it."""
    text = (await view.form()).get("token", "").strip().removeprefix("Bearer ").strip()
    try:
        claims = unverified(text)
    except lkapi.InvalidTokenError as error:
        problem = Problem(title="This is not a token", reason=str(error), status=422)
        return view.render("tokens_decoded.html", 422, problem=problem)
    good, verdict = _verdict(view, text)
    raw = dict(claims.raw)
    if raw.get("iss") == view.console.settings.api_key:
        raw["iss"] = "(this console's API key)"
    return view.render(
        "tokens_decoded.html",
        problem=None,
        good=good,
        verdict=verdict,
        validity=_validity(claims, view.console.now()),
        claims=json.dumps(raw, ensure_ascii=False, indent=2),
    )


def _verdict(view: View, token: str) -> tuple[bool, str]:
    settings = view.console.settings
    if not settings.can_sign:
        return False, "Not verified: this console has no key."
    try:
        lkapi.TokenVerifier(settings.api_key, settings.api_secret).verify(token)
    except lkapi.UnknownAPIKeyError:
        return False, "Refused: it was signed with another API key than this console's."
    except lkapi.InvalidTokenError as error:
        text = str(error).replace(repr(settings.api_key), "of this console")
        return False, f"Refused: {text}"
    return True, "The signature is correct, and it is valid now."


def _validity(claims: Any, now: float) -> str:
    """The validity in words."""
    if claims.exp is None:
        return "It has no expiry, which no server accepts."
    end = show_moment(dt.datetime.fromtimestamp(claims.exp, dt.timezone.utc))
    if claims.exp <= now:
        return f"It expired {show_duration(now - claims.exp)} ago, at {end}."
    if claims.nbf is not None and claims.nbf > now + 1:
        return f"It is not valid for {show_duration(claims.nbf - now)} yet; it ends at {end}."
    return f"It is valid for {show_duration(claims.exp - now)}, until {end}."


page: Final = Page(
    name="tokens",
    title="Tokens",
    path="/tokens",
    routes=(
        Route(path="/tokens", handler=show_tokens),
        Route(path="/tokens/claims", handler=preview, method="POST", changes=False),
        Route(path="/tokens/make", handler=make, method="POST"),
        Route(path="/tokens/decode", handler=decode, method="POST", changes=False),
    ),
)
