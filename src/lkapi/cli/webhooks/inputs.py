"""Reading what the webhook commands are given: urls, files and standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

__all__ = ["TargetURL", "read_bytes"]

_FORMS = "write one like http://localhost:3000/webhook"


class TargetURL(click.ParamType[str]):
    """An http or https url; ``localhost:3000/webhook`` means http."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Complete and check a url; the error does not repeat a password in it."""
        text = value if "://" in value else f"http://{value}"
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            self.fail(f"this is not a url: {_FORMS}", param, ctx)
        if "@" in parts.netloc:
            self.fail("the url carries a user name or password: leave it out", param, ctx)
        if not usable or not text.isascii() or any(character <= " " for character in text):
            self.fail(f"{value!r} is not an http or https url: {_FORMS}", param, ctx)
        return text.partition("#")[0]


def read_bytes(source: str, option: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        click.UsageError: the file cannot be read.
    """
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{option}: {source!r} cannot be read: {error.strerror}") from None
