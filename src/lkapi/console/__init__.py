"""The web console: ``lkapi console``, and the page of ``lkapi dev``.

It needs the extra ``console``; nothing else of lkapi loads it.

A page is one module of ``pages/`` and its templates. The module has ``page``, a `web.page.Page`
with its routes, what it reads (`store.Source`) and what it can do (`actions.action.CallAction`);
its name is listed in ``pages.MODULES``. A route's function gets a `web.view.View`: ``await
view.reading("rooms")`` returns what was last read of a topic, which is read again as long as pages
show it; ``view.render("rooms.html", rooms=...)`` draws the page. Content that changes by itself
goes into ``{% call ui.live(view, "rooms", view.here(part="table")) %}`` ... ``{% endcall %}``,
around a ``{% block table %}`` (see templates/rooms.html): when the version of the topic changes,
only that block is fetched and merged into the page.

An action is a row of ``lkapi.methods`` with the fields of its form; dotted names address nested
messages: ``file_outputs.0.filepath``. Form, confirmation, code in three languages, log entry and
error display need no further code. A template offers it with ``{{ ui.act("room.delete", "Delete",
room=room.name, back=view.here()) }}``. Set ``destroys`` and ``what_ends`` if it ends something, and
``topics`` for what to read again afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi._lazy import lazy_names

if TYPE_CHECKING:
    from lkapi.console.app import ConsoleApp
    from lkapi.console.console import Stage
    from lkapi.console.program import RunningConsole, serve_console, serve_stage
    from lkapi.console.settings import Access, ConsoleSettings, Password

__all__ = [
    "Access",
    "ConsoleApp",
    "ConsoleSettings",
    "Password",
    "RunningConsole",
    "Stage",
    "serve_console",
    "serve_stage",
]

_HOMES: Final = {
    ".app": ("ConsoleApp",),
    ".console": ("Stage",),
    ".program": ("RunningConsole", "serve_console", "serve_stage"),
    ".settings": ("Access", "ConsoleSettings", "Password"),
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
