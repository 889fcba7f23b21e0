"""The room configuration of a token: from a message or a dict to the JSON that is signed.

A dict is rewritten to lowerCamelCase without loading the messages.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import Any, cast

from lkapi.auth.room_config_schema import ROOT, nested_messages
from lkapi.errors import DecodeError, InvalidTokenError, TokenError

__all__ = ["encode_room_config"]


def encode_room_config(config: object) -> dict[str, Any]:
    """A copy of a configuration as ProtoJSON in lowerCamelCase.

    Args:
        config: a ``RoomConfiguration``, of lkapi or livekit.protocol, or a dict in either spelling.

    Raises:
        TokenError: if it is none of these, or a dict of the wrong shape.
    """
    if isinstance(config, Mapping):
        return _to_camel_case(_copy(cast("Mapping[str, Any]", config)), ROOT, "room_config")
    if callable(getattr(config, "to_dict", None)):
        return cast("dict[str, Any]", cast("Any", config).to_dict())
    if callable(getattr(config, "SerializeToString", None)):
        wire = cast("Any", config).SerializeToString()
        return cast("dict[str, Any]", _room_configuration().from_bytes(wire).to_dict())
    raise TokenError(
        f"room_config must be a RoomConfiguration or a dict of its fields, not "
        f"{type(config).__name__}"
    )


def decode_room_config(config: Mapping[str, Any]) -> Any:
    """The message that a claim describes.

    Raises:
        InvalidTokenError: if a field has the wrong type.
    """
    try:
        return _room_configuration().from_dict(dict(config))
    except DecodeError as error:
        raise InvalidTokenError(
            f"the claim roomConfig is not a RoomConfiguration: {error}"
        ) from None


def _room_configuration() -> Any:
    """The message class, imported by name: tokens without one must not load protobuf."""
    return importlib.import_module("lkapi.protocol.room").RoomConfiguration


def _copy(config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return cast("dict[str, Any]", json.loads(json.dumps(dict(config), allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise TokenError(f"room_config cannot be written as JSON: {error}") from None


def _to_camel_case(fields: Mapping[str, Any], message: str, path: str) -> dict[str, Any]:
    nested, written = nested_messages(message), dict[str, Any]()
    for key, value in fields.items():
        name = camel_name(key)
        if name in written:
            raise TokenError(f"{path}.{key} is given twice, in snake_case and in camelCase")
        if value is None:
            continue
        kind = nested.get(name)
        written[name] = value if kind is None else _convert_nested(value, kind, f"{path}.{key}")
    return written


def _convert_nested(value: object, kind: str, path: str) -> Any:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [_convert_nested(item, kind, f"{path}[{index}]") for index, item in enumerate(items)]
    if isinstance(value, dict):
        return _to_camel_case(cast("dict[str, Any]", value), kind, path)
    raise TokenError(f"{path} must be an object, not {type(value).__name__}")


def camel_name(name: str) -> str:
    """The JSON name of a field in either spelling (``aliOSS`` and its like stay as they are)."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
