"""Projects of LiveKit's own ``lk`` tool, read from ``~/.livekit/cli-config.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

from lkapi.errors import SettingsError

__all__ = ["PROJECTS_FILE", "read_project"]

PROJECTS_FILE: Final = Path(".livekit", "cli-config.yaml")
"""Below the home directory."""


def read_project(name: str, path: Path | None = None) -> dict[str, str]:
    """The url, key and secret of a project as LIVEKIT_ variables; ``default`` is lk's default.

    Raises:
        SettingsError: there is no such file or project, or the file cannot be read.
    """
    where = path or Path.home() / PROJECTS_FILE
    config = _load(where)
    projects = _by_name(config)
    wanted = name
    if name == "default" and name not in projects:
        wanted = str(config.get("default_project") or "")
        if not wanted:
            raise SettingsError(f"{where} names no default project: give --project NAME")
    if wanted not in projects:
        from lkapi._words import nearest

        known = nearest(wanted, projects) or f"; it has: {', '.join(projects) or 'none'}"
        raise SettingsError(f"{where} has no project {wanted!r}{known}")
    project = projects[wanted]
    variables = {
        "url": "LIVEKIT_URL",
        "api_key": "LIVEKIT_API_KEY",
        "api_secret": "LIVEKIT_API_SECRET",
    }
    missing = [key for key in variables if not project.get(key)]
    if missing:
        raise SettingsError(
            f"project {wanted!r} in {where} has no {' and no '.join(missing)}: `lk project add` "
            "writes them"
        )
    return {variable: str(project[key]) for key, variable in variables.items()}


def _load(where: Path) -> dict[str, Any]:
    import yaml

    try:
        found: object = yaml.safe_load(where.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"there is no {where}: `lk project add` makes it, or give --url, --api-key and "
            "--api-secret"
        ) from None
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError):  # the error's text may quote a secret
        raise SettingsError(f"{where} is not a YAML file: `lk project add` writes it") from None
    if not isinstance(found, dict):
        raise SettingsError(
            f"{where} is not a configuration of the lk tool: `lk project add` writes one"
        )
    return cast("dict[str, Any]", found)


def _by_name(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    listed: object = config.get("projects") or []
    projects = cast("list[object]", listed) if isinstance(listed, list) else []
    found = [cast("dict[str, Any]", project) for project in projects if isinstance(project, dict)]
    return {str(project.get("name")): project for project in found}
