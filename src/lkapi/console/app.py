"""The console as an ASGI application: routes, guard, static files."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route as StarletteRoute
from starlette.staticfiles import StaticFiles

import lkapi
from lkapi.console.console import Console, Stage
from lkapi.console.pages import all_pages
from lkapi.console.problems import Problem, describe_problem
from lkapi.console.stage.attached import attach
from lkapi.console.web.doing import preview, send_form, show_form
from lkapi.console.web.entry import Entry
from lkapi.console.web.guard import Guard
from lkapi.console.web.hook import receive_webhook
from lkapi.console.web.live import live, plots
from lkapi.console.web.page import Handler, Page, Route
from lkapi.console.web.sessions import Sessions
from lkapi.console.web.templating import STATIC, make_templates
from lkapi.console.web.view import Frame, View

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from lkapi.console.settings import ConsoleSettings

__all__ = ["ConsoleApp"]

_FRAME_ROUTES: Final = (
    Route(path="/do/{name}", handler=show_form),
    Route(path="/do/{name}", handler=send_form, method="POST"),
    Route(path="/do/{name}/shown", handler=preview, method="POST", changes=False),
    Route(path="/live", handler=live),
    Route(path="/plots", handler=plots),
)


class ConsoleApp:
    """An ASGI application.

    Args:
        settings: the server, and who may do what.
        stage: the development server that this console belongs to.
        port: where it listens, for cookies and Host headers.
        announce: called with the next token of the address each time one was used.
        transport: carries the console's calls instead of sockets.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        *,
        stage: Stage | None = None,
        port: int | None = None,
        announce: Callable[[str], None] | None = None,
        transport: Any = None,
    ) -> None:
        pages = [page for page in all_pages() if not page.only_dev or stage is not None]
        sources = [source for page in pages for source in page.sources]
        self.console = Console(settings, sources, stage=stage, transport=transport)
        self.sessions = Sessions(announce)
        actions = {action.name: action for page in pages for action in page.actions}
        self._frame = Frame(self.console, pages, actions, make_templates())
        self._entry = Entry(self.sessions, port or settings.port)
        routes = [self._route(route) for route in _FRAME_ROUTES]
        routes += [self._route(route, page) for page in pages for route in page.routes]
        routes += [*self._entrances(), *self._others()]
        inner = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={404: self._missing, 405: self._missing},
        )
        self._app: ASGIApp = Guard(inner, settings, self.sessions, port or settings.port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        await self._app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None, None]:
        detach = attach(self.console)
        self.console.poller.start()
        try:
            yield
        finally:
            detach()
            await self.console.aclose()

    def _entrances(self) -> list[StarletteRoute]:
        entry = self._entry
        routes = (
            Route(path="/enter", handler=entry.enter),
            Route(path="/login", handler=entry.show_login),
            Route(path="/login", handler=entry.login, method="POST", changes=False),
            Route(path="/logout", handler=entry.logout, method="POST", changes=False),
        )
        return [self._route(route) for route in routes]

    def _others(self) -> list[Any]:
        async def hook(request: Request) -> Response:
            return await receive_webhook(self.console, request)

        return [
            StarletteRoute("/webhook", hook, methods=["POST"]),
            Mount("/static", _StaticFiles(directory=str(STATIC))),
        ]

    def _route(self, route: Route, page: Page | None = None) -> StarletteRoute:
        async def endpoint(request: Request) -> Response:
            view = View(self._frame, request, page)
            refused = route.method != "GET" and route.changes and self.console.settings.read_only
            return _refuse(view) if refused else await _serve(view, route.handler)

        return StarletteRoute(route.path, endpoint, methods=[route.method])

    async def _missing(self, request: Request, _: Exception) -> Response:
        if request.scope.get("session") is None:
            return HTMLResponse("not found", status_code=404)
        return View(self._frame, request).not_found(f"There is no page {request.url.path}.")


def _refuse(view: View) -> Response:
    return view.problem(
        Problem(
            title="This console is read-only",
            reason="It was started with --read-only: nothing is changed, sent or signed by it.",
            status=403,
        )
    )


async def _serve(view: View, handler: Handler) -> Response:
    try:
        return await handler(view)
    except lkapi.LiveKitError as error:
        return view.problem(describe_problem(error, changes=view.request.method != "GET"))


class _StaticFiles(StaticFiles):
    """Files whose addresses change with their content, so that browsers may cache them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
