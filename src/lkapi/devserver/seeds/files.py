"""Reading a seed file: JSON, or YAML if PyYAML is installed."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, Final

from lkapi.errors import SettingsError

__all__ = ["read_seed"]

_YAML: Final = (".yaml", ".yml")


def read_seed(path: str | Path) -> Any:
    """The value in a seed file, for ``plant``.

    Raises:
        SettingsError: naming the file, if it cannot be read or PyYAML is missing.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text") from None
    if Path(path).suffix.lower() in _YAML:
        return _read_yaml(text, str(path))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not JSON: {error}") from error


def _read_yaml(text: str, where: str) -> Any:
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError:
        raise SettingsError(
            f"{where}: reading YAML needs PyYAML: pip install pyyaml, or write the file as JSON"
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{where} is not YAML: {error}") from error
