"""The options that every command takes: connection and output. They may also stand before it.

An option after the command overrides the same option before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "CONNECTION",
    "DEFAULT_ENV_FILE",
    "OUTPUT",
    "SectionOption",
    "SharedOptions",
    "connection_options",
    "fill_env_file",
    "output_options",
    "shared_options",
]

CONNECTION: Final = "Connection"
OUTPUT: Final = "Output"
DEFAULT_ENV_FILE: Final = ".env"


class SharedOptions:
    """The values of the shared options in one run."""

    def __init__(self) -> None:
        self.url: str | None = None
        self.api_key: str | None = None
        self.api_secret: str | None = None
        self.token: str | None = None
        self.project: str | None = None
        self.env_file: str | None = None
        self.timeout: float | None = None
        self.json = False
        self.jsonl = False
        self.quiet = False
        self.curl = False
        self.debug = False
        self.secrets: list[str] = []
        """The secrets, which no error message may show."""

    def __repr__(self) -> str:
        return f"SharedOptions(url={self.url!r}, project={self.project!r})"


def shared_options(context: click.Context) -> SharedOptions:
    """The values given in this run, before and after the command."""
    return context.find_root().ensure_object(SharedOptions)


class SectionOption(click.Option):
    """An option with a section of its own in the help."""

    def __init__(self, *names: str, section: str, **settings: Any) -> None:
        super().__init__(list(names), **settings)
        self.section = section


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value is not None and value is not False and parameter.name:
        options = shared_options(context)
        setattr(options, parameter.name, value)
        if options.json and options.jsonl:
            raise click.UsageError("--json and --jsonl exclude each other: give only one", context)


def _shared(section: str) -> Callable[..., SectionOption]:
    def make(*names: str, **settings: Any) -> SectionOption:
        return SectionOption(
            *names, section=section, callback=_keep, expose_value=False, **settings
        )

    return make


def connection_options(*, calls: bool = True) -> list[SectionOption]:
    """Where to connect to, and as whom; plus the timeout for commands that make calls."""
    add = _shared(CONNECTION)
    options = [
        add("--url", metavar="URL", help="Server, wss://example.livekit.cloud [LIVEKIT_URL]."),
        add("--api-key", metavar="KEY", help="API key [LIVEKIT_API_KEY]."),
        add("--api-secret", metavar="SECRET", help="Its secret [LIVEKIT_API_SECRET]."),
        add("--token", metavar="JWT", help="A token instead of a key [LIVEKIT_TOKEN]."),
        add("--project", metavar="NAME", help="A project of the lk tool's configuration."),
        add(
            "--env-file",
            metavar="[=PATH]",
            help="Also read LIVEKIT_... from a file, .env by default.",
        ),
    ]
    limit = "Time for each call: 30s, 2m [10s]."
    timeout = add("--timeout", type=_Seconds(), metavar="TIME", help=limit)
    return [*options, timeout] if calls else options


def output_options(*, calls: bool = True) -> list[SectionOption]:
    """How results are shown; plus ``--curl`` for commands that make calls."""
    add = _shared(OUTPUT)
    curl = add("--curl", is_flag=True, help="Print the equivalent curl command; send nothing.")
    options = [
        add("--json", is_flag=True, help="One JSON document instead of a table."),
        add("--jsonl", is_flag=True, help="One JSON object per line (lists)."),
        add("--quiet", "-q", is_flag=True, help="Only what scripts need: ids and names."),
    ]
    return [*options, *([curl] if calls else []), debug_option()]


def debug_option() -> SectionOption:
    """``--debug``."""
    return _shared(OUTPUT)("--debug", is_flag=True, help="Show the trace of an error.")


class _Seconds(click.ParamType[float]):
    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        from lkapi.errors import SettingsError
        from lkapi.presentation.texts import parse_duration
        from lkapi.settings import to_seconds

        try:
            seconds = parse_duration(value)
            to_seconds(seconds, repr(value))
        except (ValueError, SettingsError) as error:
            self.fail(str(error), param, ctx)
        return seconds


def fill_env_file(arguments: Sequence[str]) -> list[str]:
    """Give ``--env-file`` its default if no path follows it.

    A path that follows without ``=`` is recognised by a dot or a slash.
    """
    filled: list[str] = []
    for position, argument in enumerate(arguments):
        if argument == "--":
            return [*filled, *arguments[position:]]
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        is_path = not following.startswith("-") and ("." in following or "/" in following)
        bare = argument == "--env-file" and not is_path
        filled.append(f"--env-file={DEFAULT_ENV_FILE}" if bare else argument)
    return filled
