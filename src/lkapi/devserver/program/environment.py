"""The environment variables with which clients find the server."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from lkapi.devserver.snapshots.files import write_private
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["export_lines", "make_environment", "write_env_file"]


def make_environment(url: str, api_key: str, api_secret: str) -> dict[str, str]:
    """The variables that LiveKit's SDKs and tools read."""
    return {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": api_key, "LIVEKIT_API_SECRET": api_secret}


def export_lines(environment: Mapping[str, str]) -> str:
    """Lines to paste into a POSIX shell."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    return "".join(lines)


def write_env_file(path: str, environment: Mapping[str, str]) -> None:
    """Write the variables to a file that only its owner can read; its other lines are kept.

    Raises:
        SettingsError: the file cannot be read or written.
    """
    try:
        kept = _other_lines(Path(path), environment)
        own = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
        write_private(Path(path), "".join(f"{line}\n" for line in [*kept, *own]).encode())
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text: it is left unchanged") from None
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error.strerror or error}") from error


def _other_lines(path: Path, environment: Mapping[str, str]) -> list[str]:
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if _name_of(line) not in environment]


def _name_of(line: str) -> str:
    return line.strip().removeprefix("export ").partition("=")[0].strip()
