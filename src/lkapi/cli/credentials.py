"""Where url and credentials of a run come from.

Flags come first, then the project or the file that was named, then the environment. If one of them
has a credential, the later ones are not used: a key is never combined with a secret from elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.cli.options import SharedOptions

__all__ = ["Connection", "find_connection"]

_CREDENTIALS = ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_TOKEN")
_BOTH = "--api-key and --api-secret, or LIVEKIT_API_KEY and LIVEKIT_API_SECRET"


class Connection:
    """The url and credentials that were found, not yet checked; no repr shows them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.url = variables.get("LIVEKIT_URL") or None
        self.api_key = variables.get("LIVEKIT_API_KEY") or None
        self.api_secret = variables.get("LIVEKIT_API_SECRET") or None
        self.token = variables.get("LIVEKIT_TOKEN") or None

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r}, api_key={self.api_key!r})"

    def key(self) -> tuple[str, str]:
        """API key and secret, for what signs or verifies here.

        Raises:
            SettingsError: one of them is missing.
        """
        if self.api_key and self.api_secret:
            return self.api_key, self.api_secret
        if self.api_key:
            raise SettingsError(
                f"there is an API key without its secret: give both in one place, {_BOTH}"
            )
        if self.api_secret:
            raise SettingsError(
                f"there is an API secret without its key: give both in one place, {_BOTH}"
            )
        if self.token:
            raise SettingsError(
                "there is no API key, and a token cannot sign or verify: give --api-key and "
                "--api-secret instead"
            )
        raise SettingsError(
            "there are no credentials: give --api-key and --api-secret, or --project, or "
            "--env-file, or set LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        )

    def server(self) -> str:
        """The server's url.

        Raises:
            SettingsError: there is none.
        """
        if not self.url:
            raise SettingsError(
                "there is no server url: give --url, --project or --env-file, or set LIVEKIT_URL"
            )
        return self.url

    def secrets(self) -> tuple[str, ...]:
        """The secrets, which no output may show."""
        return tuple(value for value in (self.api_secret, self.token) if value)


def find_connection(options: SharedOptions, environ: Mapping[str, str] | None = None) -> Connection:
    """Combine flags, project, file and environment.

    Raises:
        SettingsError: the named project or file cannot be used, or flags contradict each other.
    """
    given = {
        "LIVEKIT_URL": options.url,
        "LIVEKIT_API_KEY": options.api_key,
        "LIVEKIT_API_SECRET": options.api_secret,
        "LIVEKIT_TOKEN": options.token,
    }
    flags = {name: value for name, value in given.items() if value}
    if "LIVEKIT_TOKEN" in flags and len(flags.keys() & set(_CREDENTIALS)) > 1:
        raise SettingsError("give --token, or --api-key and --api-secret, not both")
    layers = [flags]
    if options.project:
        from lkapi.cli.projects import read_project

        layers.append(read_project(options.project))
    if options.env_file:
        layers.append(_read_env_file(Path(options.env_file)))
    layers.append(dict(os.environ if environ is None else environ))
    return Connection(_merged(layers))


def _merged(layers: list[dict[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    has_credentials = False
    for layer in layers:
        if layer.get("LIVEKIT_URL"):
            merged.setdefault("LIVEKIT_URL", layer["LIVEKIT_URL"])
        found = {name: layer[name] for name in _CREDENTIALS if layer.get(name)}
        if found and not has_credentials:
            merged.update(found)
            has_credentials = True
    return merged


def _read_env_file(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        with path.open(encoding="utf-8") as stream:
            values = dotenv_values(stream=stream, interpolate=False)
    except FileNotFoundError:
        raise SettingsError(
            f"--env-file: there is no file {str(path)!r}: write --env-file=PATH for another"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"--env-file: {str(path)!r} cannot be read: {why}") from None
    return {name: value for name, value in values.items() if value is not None}
