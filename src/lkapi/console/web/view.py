"""What a page's function gets: the request, the console, and methods for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from starlette.responses import HTMLResponse, RedirectResponse, Response

from lkapi.console.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2
    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from lkapi.console.actions.action import Action
    from lkapi.console.console import Console
    from lkapi.console.store import Reading
    from lkapi.console.web.sessions import Session

__all__ = ["Frame", "MenuEntry", "View", "local_path"]

_FIRST: Final = 1


class MenuEntry(Protocol):
    """A page's entry in the menu."""

    @property
    def name(self) -> str:
        """Name of the page, and of its icon."""
        ...

    @property
    def title(self) -> str:
        """The title in the menu."""
        ...

    @property
    def path(self) -> str:
        """Its path."""
        ...

    def shown_for(self, console: Console) -> bool:
        """Whether the menu shows it."""
        ...


class Frame:
    """The parts that all requests share.

    Args:
        console: the console behind the pages.
        pages: the pages, in the order of the menu.
        actions: the actions by name.
        templates: the templates.
    """

    def __init__(
        self,
        console: Console,
        pages: Sequence[MenuEntry],
        actions: dict[str, Action],
        templates: jinja2.Environment,
    ) -> None:
        self.console = console
        self.pages = pages
        self.actions = actions
        self.templates = templates


class View:
    """One request for a page."""

    def __init__(self, frame: Frame, request: Request, page: MenuEntry | None = None) -> None:
        self.frame = frame
        self.request = request
        self.page = page
        self._seen: dict[str, int] = {}

    @property
    def console(self) -> Console:
        """The console behind the pages."""
        return self.frame.console

    @property
    def query(self) -> QueryParams:
        """The parameters of the address."""
        return self.request.query_params

    @property
    def session(self) -> Session:
        """The session of the request."""
        found: Session = self.request.scope["session"]
        return found

    @property
    def by_htmx(self) -> bool:
        """Whether a part of a page is requested, not the whole page."""
        return self.request.headers.get("hx-request") == "true"

    async def form(self) -> dict[str, str]:
        """The fields of a form; the last value of each, files as text."""
        fields: dict[str, str] = {}
        async with self.request.form(max_files=1, max_fields=1000) as form:
            for name, value in form.multi_items():
                content = value if isinstance(value, str) else await value.read()
                fields[name] = (
                    content if isinstance(content, str) else content.decode("utf-8", "replace")
                )
        return fields

    async def reading(self, topic: str) -> Reading:
        """The last reading of a topic, which is kept up to date as long as pages show it."""
        self.console.poller.want([topic])
        found = await self.console.store.get_or_read(topic)
        self._seen.setdefault(topic, found.version)
        return found

    def versions(self, topics: Sequence[str]) -> str:
        """The versions that this page shows, for its live regions."""
        of = self.console.version_of
        return ",".join(str(self._seen.get(topic, of(topic))) for topic in topics)

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or only the block named by the parameter ``part``, for a live region."""
        loaded = self.frame.templates.get_template(template)
        context = {**self._context(), **values}
        part = self.query.get("part", "")
        if self.by_htmx and part in loaded.blocks:
            text = "".join(loaded.blocks[part](loaded.new_context(context)))
        else:
            text = loaded.render(context)
        return HTMLResponse(text, status_code=status)

    def problem(self, problem: Problem) -> Response:
        """A page that says what went wrong."""
        return self.render("problem.html", problem.status, problem=problem)

    def not_found(self, what: str) -> Response:
        """A page that says what does not exist."""
        return self.problem(Problem(title="Not found", reason=what, status=404))

    def redirect(self, path: str) -> Response:
        """Redirect to another page."""
        return RedirectResponse(local_path(path), status_code=303)

    def here(self, **changes: object) -> str:
        """This address with other parameters."""
        from lkapi.console.web.templating import make_link

        query = {name: value for name, value in self.query.items() if name != "part"} | changes
        return make_link(self.request.url.path, **query)

    def path_of(self, name: str) -> str:
        """The address of a page; empty if this console does not have it."""
        return next((page.path for page in self.frame.pages if page.name == name), "")

    def number(self, name: str, default: int = _FIRST, *, most: int = 1_000_000) -> int:
        """A number of the address, the default if it is not a number."""
        text = self.query.get(name, "")
        return min(int(text), most) if text.isascii() and text.isdecimal() and text else default

    def _context(self) -> dict[str, Any]:
        settings = self.console.settings
        session = self.request.scope.get("session")
        return {
            "view": self,
            "page": self.page,
            "pages": [page for page in self.frame.pages if page.shown_for(self.console)],
            "server": self.console.base_url,
            "read_only": settings.read_only,
            "is_dev": self.console.stage is not None,
            "csrf": session.csrf if session is not None else "",
            "title": self.page.title if self.page else "",
        }


def local_path(path: str) -> str:
    """A path of this console; ``/`` for anything that leads elsewhere."""
    good = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if good else "/"
