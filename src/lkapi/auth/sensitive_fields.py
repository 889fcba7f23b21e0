"""Finds storage credentials and stream keys in a room configuration; tokens must not carry them.

A participant can read its own token. The check refuses fields that the schema marks as secret,
addresses of streams, keys that sign webhooks, and passwords inside urls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from lkapi.auth.room_config import camel_name
from lkapi.auth.room_config_schema import (
    ROOT,
    field_name,
    names_a_secret,
    nested_messages,
    secret_fields,
)
from lkapi.errors import SensitiveCredentialsError

__all__ = ["find_sensitive_fields", "refuse_sensitive_fields"]

_URL_WITH_PASSWORD: Final = re.compile(r"://[^/?#\s]*:[^/?#\s]*@")


def refuse_sensitive_fields(config: Mapping[str, Any]) -> None:
    """Check a room configuration that is to be signed into a token.

    Args:
        config: ProtoJSON of a ``RoomConfiguration``, in either spelling.

    Raises:
        SensitiveCredentialsError: naming each field that holds a secret, never its value.
    """
    found = list(find_sensitive_fields(config))
    if found:
        raise SensitiveCredentialsError(
            f"room_config would show a secret to whoever holds the token: {', '.join(found)}; "
            "leave it to the server's configuration, or pass allow_sensitive_credentials=True"
        )


def find_sensitive_fields(config: Mapping[str, Any]) -> Iterator[str]:
    """Paths of the fields that hold a secret: ``egress.room.file_outputs[0].s3.secret``."""
    return _walk(config, ROOT, "")


def _walk(fields: Mapping[str, Any], message: str, path: str) -> Iterator[str]:
    nested, secrets = nested_messages(message), secret_fields(message)
    for key, value in fields.items():
        name = camel_name(key)
        if name not in nested and name not in secrets:
            name = field_name(message, name)
        here = path + _snake_name(key)
        if not value:
            continue
        if name in secrets or (isinstance(value, str) and _URL_WITH_PASSWORD.search(value)):
            yield here
        elif name in nested:
            yield from _search_nested(value, nested[name], here)
        elif names_a_secret(key):
            yield here
        elif name != "tags":
            yield from _search_undescribed(value, here)


def _search_nested(value: object, message: str, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _walk(cast("Mapping[str, Any]", value), message, path + ".")
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _search_nested(item, message, f"{path}[{index}]")


def _search_undescribed(value: object, path: str) -> Iterator[str]:
    """Search a value that the schema does not describe: the token would carry it too."""
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            if item and names_a_secret(key):
                yield f"{path}.{key}"
            else:
                yield from _search_undescribed(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _search_undescribed(item, f"{path}[{index}]")
    elif isinstance(value, str) and _URL_WITH_PASSWORD.search(value):
        yield path


def _snake_name(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])(?![A-Z])", lambda found: "_" + found[1].lower(), name)
