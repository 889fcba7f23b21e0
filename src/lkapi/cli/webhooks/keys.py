"""Which keys deliveries are verified with, and which one signs: several while a key is rotated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lkapi.cli.session import Session

__all__ = ["find_keys", "signing_key"]


def find_keys(
    session: Session, also_keys: Sequence[str] = (), key_file: str | None = None
) -> dict[str, list[str]]:
    """Secrets by API key: that of the connection first, then those of the file and the flags.

    Raises:
        SettingsError: there is no key at all, or the file cannot be read.
        click.UsageError: a flag is not ``KEY=SECRET``.
    """
    found: dict[str, list[str]] = {}
    connection = session.connection
    pairs = [*(_read_file(Path(key_file)) if key_file else []), *map(_read_pair, also_keys)]
    if not pairs or (connection.api_key and connection.api_secret):
        pairs.insert(0, connection.key())
    for key, secret in pairs:
        session.options.secrets.append(secret)
        known = found.setdefault(key, [])
        if secret not in known:
            known.append(secret)
    return found


def signing_key(session: Session) -> tuple[str, str]:
    """The API key and secret of the connection, which sign what is sent.

    Raises:
        SettingsError: there is none.
    """
    return session.connection.key()


def _read_pair(text: str) -> tuple[str, str]:
    key, mark, secret = text.partition("=")
    if not (key and mark and secret):  # the text may be a secret: it is not repeated
        raise click.UsageError("--also-key takes KEY=SECRET")
    return key, secret


def _read_file(path: Path) -> list[tuple[str, str]]:
    import yaml

    try:
        found: object = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"--key-file: {str(path)!r} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError):  # the error's text may quote a secret
        raise SettingsError(
            f"--key-file: {str(path)!r} is not a YAML file: write a line `KEY: SECRET` for each"
        ) from None
    if not isinstance(found, dict) or not found:
        raise SettingsError(
            f"--key-file: {str(path)!r} has no keys: write a line `KEY: SECRET` for each, as for "
            "livekit-server"
        )
    pairs = cast("dict[object, object]", found)
    return [(str(key), str(secret)) for key, secret in pairs.items()]
