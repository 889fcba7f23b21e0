"""Webhooks: what arrived, why a delivery is refused, and sending one again to a url."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import lkapi
from lkapi.console.problems import Problem
from lkapi.console.web.page import Page, Route
from lkapi.message.typeguards import is_dict, is_list
from lkapi.presentation.secrets import secrets_of
from lkapi.presentation.values import MASK
from lkapi.webhook import sign_webhook
from lkapi.webhook.posting import post_event

if TYPE_CHECKING:
    from starlette.responses import Response

    from lkapi.console.console import Heard
    from lkapi.console.web.view import View

__all__ = ["page"]

_SIZE: Final = 100
_LEEWAY: Final = 60.0


async def show_webhooks(view: View) -> Response:
    """``GET /webhooks``."""
    wanted = view.query.get("event", "")
    heard = [one for one in view.console.heard if wanted in ("", one.event.event)]
    return view.render(
        "webhooks.html",
        heard=heard[-_SIZE:][::-1],
        names=sorted({one.event.event for one in view.console.heard} | ({wanted} - {""})),
        wanted=wanted,
        refused=view.console.refused,
        hook=f"http://{view.request.url.netloc}/webhook",
        can_sign=view.console.settings.can_sign,
    )


def _find(view: View, text: str) -> Heard | None:
    return next((one for one in view.console.heard if str(one.number) == text), None)


async def show_event(view: View) -> Response:
    """``GET /webhooks/event?number=3``."""
    found = _find(view, view.query.get("number", ""))
    if found is None:
        return view.not_found("This event is not kept (any more): the last 500 are.")
    return view.render(
        "webhooks_event.html",
        one=found,
        body=_body_of(found),
        title=f"{found.event.event} {found.number}",
        can_sign=view.console.settings.can_sign,
    )


def _body_of(heard: Heard) -> str:
    """The body as received, or the event as it would be sent; indented, with secrets masked."""
    value: Any = json.loads(heard.body) if heard.body else heard.event.to_dict()
    return json.dumps(_masked(value, set(secrets_of(heard.event))), ensure_ascii=False, indent=2)


def _masked(value: Any, secrets: set[str]) -> Any:
    """JSON with a mask in place of each text that is a secret."""
    if is_dict(value):
        return {key: _masked(one, secrets) for key, one in value.items()}
    if is_list(value):
        return [_masked(one, secrets) for one in value]
    return MASK if value and isinstance(value, str) and value in secrets else value


async def check(view: View) -> Response:
    """``POST /webhooks/check``: why a delivery is refused."""
    form = await view.form()
    body, token = form.get("body", ""), form.get("token", "").strip()
    return view.render("webhooks_checked.html", findings=_findings(view, body, token))


def _findings(view: View, body: str, token: str) -> list[tuple[bool, str]]:
    """Good and bad findings, in the order of a receiver's checks."""
    settings = view.console.settings
    if not settings.can_sign:
        return [(False, "This console has no key to verify with.")]
    verifier = lkapi.WebhookVerifier(settings.api_key, settings.api_secret, leeway=_LEEWAY)
    try:
        lkapi.WebhookReceiver(verifier).receive(body, token)
    except lkapi.WebhookTokenError as error:
        text = str(error).replace(repr(settings.api_key), "of this console")
        return [(False, f"The token is refused: {text}")]
    except lkapi.WebhookHashError as error:
        return [
            (True, "The token is signed with this console's key and valid now."),
            (False, f"The body is refused: {error}"),
            *_near_misses(verifier, body, token),
        ]
    except lkapi.WebhookBodyError as error:
        return [(True, "Token and body match."), (False, str(error))]
    return [
        (True, "The token is signed with this console's key and valid now."),
        (True, "The body is the one that was signed."),
        (True, "It is an event that lkapi can read: a receiver accepts it."),
    ]


def _near_misses(verifier: lkapi.WebhookVerifier, body: str, token: str) -> list[tuple[bool, str]]:
    """How the body was changed, if undoing one of the usual changes makes it match again."""
    variants = {
        "line ends were changed": body.replace("\r\n", "\n"),
        "blanks or line ends were added at the end": body.strip(),
        "it was parsed and written again (blanks after commas and colons)": _compact(body),
    }
    for what, variant in variants.items():
        try:
            verifier.verify(variant, token)
        except lkapi.WebhookError:
            continue
        return [(False, f"It matches if this is undone: {what}. Verify the bytes as received.")]
    return []


def _compact(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return body


async def replay(view: View) -> Response:
    """``POST /webhooks/replay``: send an event again, with a new signature, to a url."""
    form = await view.form()
    found = _find(view, form.get("number", ""))
    settings, url = view.console.settings, form.get("url", "").strip()
    if found is None:
        return view.not_found("This event is not kept any more.")
    if not settings.can_sign:
        return _replayed(view, Problem(title="This console has no key to sign with", status=422))
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        return _replayed(view, Problem(title="This is not an http or https url", status=422))
    body = found.body or found.event.to_json().encode()
    headers = {
        "Authorization": sign_webhook(body, settings.api_key, settings.api_secret),
        "Content-Type": "application/webhook+json",
    }
    try:
        status = await asyncio.to_thread(_post, url, headers, body)
    except OSError as error:
        return _replayed(
            view, Problem(title="No usable response from this url", reason=str(error), status=502)
        )
    return _replayed(view, None, f"{url} responded with status {status}.", good=status < 300)


def _replayed(
    view: View, problem: Problem | None, text: str = "", *, good: bool = False
) -> Response:
    status = problem.status if problem else 200
    return view.render("webhooks_replayed.html", status, problem=problem, text=text, good=good)


def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    """Post, and return the status."""
    from http.client import HTTPException

    try:
        return post_event(url, headers, body)
    except HTTPException as error:
        raise OSError(f"the response is not HTTP: {error!r}") from error


page: Final = Page(
    name="webhooks",
    title="Webhooks",
    path="/webhooks",
    routes=(
        Route(path="/webhooks", handler=show_webhooks),
        Route(path="/webhooks/event", handler=show_event),
        Route(path="/webhooks/check", handler=check, method="POST", changes=False),
        Route(path="/webhooks/replay", handler=replay, method="POST"),
    ),
)
