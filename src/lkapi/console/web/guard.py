"""The checks of every request, and the headers of every response.

The checks are of the Host header, the session, the origin and the CSRF token; the headers are a
strict Content-Security-Policy and similar ones.
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from lkapi.console.settings import ConsoleSettings
    from lkapi.console.web.sessions import Session, Sessions

__all__ = ["CSRF_HEADER", "Guard", "cookie_name"]

CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD"})
_OPEN: Final = ("/static/", "/enter", "/login")
"""Paths that are served without a session."""
_HOOK: Final = "/webhook"
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def cookie_name(port: int) -> str:
    """The session's cookie: browsers share cookies between the ports of a host."""
    return f"lkapi-console-{port}"


class Guard:
    """ASGI middleware.

    Args:
        app: the application behind it.
        settings: who may enter, and by which names the console is reached.
        sessions: the sessions.
        port: the port that it listens on.
    """

    def __init__(
        self, app: ASGIApp, settings: ConsoleSettings, sessions: Sessions, port: int
    ) -> None:
        self._app = app
        self._settings = settings
        self._sessions = sessions
        self._cookie = cookie_name(port)
        self._hosts = allowed_hosts(settings, port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        app = refusal or self._app
        await app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        path, method = str(scope["path"]), str(scope["method"])
        if path == _HOOK:
            return None  # signed by LiveKit, which may use any host name; it reveals nothing
        if headers.get("host", "").lower() not in self._hosts:
            text = "this console cannot be reached by this host name: see --host-name"
            return PlainTextResponse(text, status_code=421)
        if method not in _SAFE and _is_foreign(headers):
            return PlainTextResponse("this request comes from another page", status_code=403)
        session = self._session(headers)
        scope["session"] = session
        if path.startswith(_OPEN):
            return None
        if session is None:
            return self._way_in(method)
        if method not in _SAFE and not _has_token(headers, session):
            return PlainTextResponse("the CSRF token is missing: reload the page", status_code=403)
        return None

    def _way_in(self, method: str) -> ASGIApp:
        if self._settings.access.trust_header:
            name = self._settings.access.trust_header
            return PlainTextResponse(f"the proxy sent no {name}", status_code=401)
        if self._settings.access.password is not None and method in _SAFE:
            return RedirectResponse("/login", status_code=303)
        text = "open the address that the console printed: it lets one browser in\n"
        return PlainTextResponse(text, status_code=401)

    def _session(self, headers: Headers) -> Session | None:
        trusted = self._settings.access.trust_header
        if not trusted:
            return self._sessions.find(_cookie_of(headers, self._cookie))
        user = headers.get(trusted, "").strip()
        return self._sessions.of_user(user) if user else None


def allowed_hosts(settings: ConsoleSettings, port: int) -> frozenset[str]:
    """The accepted Host headers."""
    names = {settings.host, "localhost", "127.0.0.1", "[::1]"}
    named = {name.lower() for name in settings.access.host_names}
    own = {f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names}
    return frozenset({f"{name.lower()}:{port}" for name in own | named} | named)


def _is_foreign(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin", "")
    if site not in ("same-origin", "none"):
        return True
    return bool(origin) and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _has_token(headers: Headers, session: Session) -> bool:
    given = headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
    return hmac.compare_digest(given, session.csrf.encode())


def _cookie_of(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
