"""Options that several webhook commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from lkapi.cli.options import output_options
from lkapi.cli.webhooks.inputs import TargetURL

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.cli.options import SectionOption

__all__ = ["key_options", "shown_options", "target_option"]

F = TypeVar("F", bound="Callable[..., Any]")


def shown_options() -> list[SectionOption]:
    """The output options that make sense for deliveries."""
    helps = {"json": "One JSON object per line and delivery.", "quiet": "Only ids of events."}
    options = [option for option in output_options() if option.name in helps]
    for option in options:
        option.help = helps[str(option.name)]
    return options


def key_options(function: F) -> F:
    """Further keys to verify with, while one key replaces another."""
    also = click.option(
        "--also-key",
        "also_keys",
        multiple=True,
        metavar="KEY=SECRET",
        help="Another key to accept, or another secret of a key; repeat for several.",
    )
    file = click.option(
        "--key-file",
        metavar="FILE",
        help="Accept the keys of a file with lines `KEY: SECRET`, as livekit-server reads it.",
    )
    return also(file(function))


def target_option(*, required: bool, note: str) -> Callable[[F], F]:
    """Where to post."""
    return click.option(
        "--to", "url", type=TargetURL(), required=required, metavar="URL", help=note
    )
