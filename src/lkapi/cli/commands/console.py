"""``lkapi console``: the web console of a server."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import click

from lkapi._signals import until_signal
from lkapi.cli.groups import Command
from lkapi.cli.options import SectionOption
from lkapi.cli.session import Session, pass_session
from lkapi.errors import SettingsError

__all__ = ["command", "require_extra"]

_ADDRESS: Final = "Address"
_PACKAGES: Final = ("jinja2", "multipart", "python_multipart", "starlette", "uvicorn")
_HINT: Final = "the console needs more packages: pip install 'lkapi-sdk[console]'"


def _address(*names: str, **settings: Any) -> SectionOption:
    return SectionOption(*names, section=_ADDRESS, **settings)


@click.command(
    "console",
    cls=Command,
    shows=False,
    short_help="Watch and control a server in a browser.",
    params=[
        _address("--port", type=click.IntRange(0, 65535), default=7890, metavar="PORT",
                 help="Port to listen on, 0 for any free one [7890]."),
        _address("--host", default="127.0.0.1", metavar="ADDRESS",
                 help="Address to listen on [127.0.0.1]; any other needs one of the next two."),
        _address("--password-file", metavar="FILE", help="Ask for the password in its first line."),
        _address("--trust-header", metavar="NAME",
                 help="Trust a reverse proxy to name the user in this header."),
        _address("--host-name", "host_names", multiple=True, metavar="NAME",
                 help="Host name (with port) of the console in browsers; repeat for several."),
        click.Option(["--read-only"], is_flag=True, help="Refuse every change."),
    ],
    examples=[
        "lkapi console",
        "lkapi console --url wss://example.livekit.cloud --read-only",
        "lkapi console --host 127.0.0.1 --password-file console-password",
    ],
)  # fmt: skip
@pass_session
def command(session: Session, /, read_only: bool, **given: Any) -> None:
    """Watch and control a server in a browser.

    It prints an address that lets one browser in, and a new one each time an address was used.
    """
    require_extra()
    from lkapi.console import Access, ConsoleSettings, Password, serve_console

    found = session.connection
    key, secret = ("", "") if found.token else found.key()
    password = given["password_file"]
    url = found.server()
    try:
        settings = ConsoleSettings(
            url=url,
            api_key=key,
            api_secret=secret,
            token=found.token or "",
            host=given["host"],
            port=given["port"],
            access=Access(
                password=Password.read(password) if password else None,
                trust_header=given["trust_header"] or "",
                host_names=tuple(given["host_names"]),
            ),
            read_only=read_only,
            timeout=session.options.timeout or 10.0,
        )
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    with until_signal() as wait:
        serve_console(settings, wait, lambda address: session.write(f"console at {address}"))


def require_extra() -> None:
    """Refuse where the extra is not installed.

    Raises:
        UsageError: naming the command that installs it.
    """
    try:
        import_module("lkapi.console.app")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        raise click.UsageError(_HINT) from None
