"""Logging in and out: the printed address, the password, logging out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from lkapi.console.web.guard import cookie_name

if TYPE_CHECKING:
    from lkapi.console.web.sessions import Session, Sessions
    from lkapi.console.web.view import View

__all__ = ["Entry"]

_PAUSE: Final = 1.0
"""Seconds of delay after a wrong password."""


class Entry:
    """The pages without a session."""

    def __init__(self, sessions: Sessions, port: int) -> None:
        self._sessions = sessions
        self._port = port
        self._one_at_a_time = asyncio.Lock()

    async def enter(self, view: View) -> Response:
        """``GET /enter?token=…``: the token of the printed address, which is valid once."""
        if view.console.settings.access.password is not None:
            return RedirectResponse("/login", status_code=303)
        session = self._sessions.enter(view.query.get("token", ""))
        if session is None:
            if view.request.scope.get("session") is not None:
                return RedirectResponse("/", status_code=303)
            text = "this address was used already, or is not complete: the console printed another"
            return PlainTextResponse(text + "\n", status_code=401)
        return self._let_in(session, view)

    async def show_login(self, view: View) -> Response:
        """``GET /login``."""
        if view.console.settings.access.password is None:
            return view.redirect("/")
        return view.render("login.html", title="Log in", wrong=False)

    async def login(self, view: View) -> Response:
        """``POST /login``: the password; wrong ones are delayed, one after the other."""
        password = view.console.settings.access.password
        if password is None:
            return view.redirect("/")
        given = (await view.form()).get("password", "")
        async with self._one_at_a_time:
            if not await asyncio.to_thread(password.matches, given):
                await asyncio.sleep(_PAUSE)
                return view.render("login.html", 401, title="Log in", wrong=True)
        return self._let_in(self._sessions.open(), view)

    async def logout(self, view: View) -> Response:
        """``POST /logout``."""
        self._sessions.end(view.session)
        return PlainTextResponse("logged out\n")

    def _let_in(self, session: Session, view: View) -> Response:
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            cookie_name(self._port),
            session.key,
            httponly=True,
            samesite="strict",
            secure=view.request.url.scheme == "https",
        )
        return response
