"""The types of the claims a server knows; a claim of another type makes the whole token invalid.

The error texts are those of the recorded server, which appear in its 401 responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from lkapi.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.protocol.room import RoomConfiguration

__all__ = ["FieldError", "Grants", "read_grants"]

_VIDEO: Final[Mapping[str, str]] = {
    "roomCreate": "bool",
    "roomList": "bool",
    "roomRecord": "bool",
    "roomAdmin": "bool",
    "roomJoin": "bool",
    "room": "string",
    "destinationRoom": "string",
    "canPublish": "bool",
    "canSubscribe": "bool",
    "canPublishData": "bool",
    "canPublishSources": "[]string",
    "canUpdateOwnMetadata": "bool",
    "ingressAdmin": "bool",
    "hidden": "bool",
    "recorder": "bool",
    "agent": "bool",
    "canSubscribeMetrics": "bool",
    "canManageAgentSession": "bool",
}
_GROUPS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "video": ("VideoGrant", _VIDEO),
    "sip": ("SIPGrant", {"admin": "bool", "call": "bool"}),
    "agent": (
        "AgentGrant",
        {
            "admin": "bool",
            "simulationAdmin": "bool",
            "databaseAdmin": "bool",
            "dispatchAdmin": "bool",
        },
    ),
    "inference": ("InferenceGrant", {"perform": "bool"}),
    "observability": ("ObservabilityGrant", {"write": "bool"}),
}
_TOP: Final[Mapping[str, str]] = {
    "identity": "string",
    "name": "string",
    "kind": "string",
    "kindDetails": "[]string",
    "roomPreset": "string",
    "sha256": "string",
    "metadata": "string",
    "attributes": "map[string]string",
}


_KINDS: Final[Mapping[str, str]] = {"str": "string", "list": "array", "dict": "object"}


class FieldError(ValueError):
    """A claim is of the wrong type; the text names it."""


@attrs.frozen
class Grants:
    """The claims of a token besides the registered ones (issuer, subject, times)."""

    groups: Mapping[str, Mapping[str, Any] | None]
    """``video``, ``sip`` …; None for a group that the token does not have."""
    top: Mapping[str, Any]
    room_config: RoomConfiguration | None

    def group(self, name: str) -> Mapping[str, Any]:
        """The flags of one group, empty when the token does not have it."""
        return self.groups.get(name) or {}

    @property
    def video(self) -> Mapping[str, Any]:
        """The video grant."""
        return self.group("video")

    def text(self, name: str) -> str:
        """A claim such as ``name`` or ``metadata``, empty when absent."""
        return str(self.top.get(name, ""))


def read_grants(payload: Mapping[str, Any]) -> Grants:
    """Read the claims of a payload by their types.

    Raises:
        FieldError: for a value of the wrong type.
    """
    groups: dict[str, Mapping[str, Any] | None] = {}
    top: dict[str, Any] = {}
    room_config: RoomConfiguration | None = None
    group_names = {name.lower(): name for name in _GROUPS}
    top_names = {name.lower(): name for name in _TOP}
    for key, value in payload.items():
        folded = key.lower()
        if value is None:
            continue
        if folded in group_names:
            name = group_names[folded]
            groups[name] = {**(groups.get(name) or {}), **_read_group(name, value)}
        elif folded in top_names:
            name = top_names[folded]
            top[name] = _check(value, _TOP[name], f"tokenClaims.ClaimGrants.{name}")
        elif folded == "roomconfig":
            room_config = _read_room_config(value)
    return Grants(groups=groups, top=top, room_config=room_config)


def _read_group(name: str, value: Any) -> dict[str, Any]:
    struct, fields = _GROUPS[name]
    if not isinstance(value, dict):
        raise _mismatch(value, f"tokenClaims.ClaimGrants.{name}", f"auth.{struct}")
    known = {field.lower(): field for field in fields}
    found: dict[str, Any] = {}
    for key, item in cast("dict[str, Any]", value).items():
        field = known.get(key.lower())
        if field is not None and item is not None:
            found[field] = _check(item, fields[field], f"{struct}.ClaimGrants.{name}.{field}")
    return found


def _read_room_config(value: Any) -> RoomConfiguration:
    from lkapi.protocol.room import RoomConfiguration

    if not isinstance(value, dict):
        raise FieldError(f"proto: unexpected token for RoomConfiguration: {_kind(value)}")
    try:
        return RoomConfiguration.from_dict(cast("dict[str, Any]", value))
    except DecodeError as error:
        raise FieldError(f"proto: {error}") from None


def _check(value: Any, kind: str, where: str) -> Any:
    if kind == "bool" and not isinstance(value, bool):
        raise _mismatch(value, where, kind)
    if kind == "string" and not isinstance(value, str):
        raise _mismatch(value, where, kind)
    if kind == "[]string":
        return _check_list(value, where)
    if kind == "map[string]string":
        return _check_map(value, where)
    return value


def _check_list(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise _mismatch(value, where, "[]string")
    return [_check_text(item, where) for item in cast("list[object]", value)]


def _check_map(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _mismatch(value, where, "map[string]string")
    pairs = cast("dict[str, Any]", value)
    return {key: _check_text(item, where) for key, item in pairs.items()}


def _check_text(value: object, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _mismatch(value, where, "string")
    return value


def _mismatch(value: object, where: str, kind: str) -> FieldError:
    return FieldError(
        f"json: cannot unmarshal {_kind(value)} into Go struct field {where} of type {kind}"
    )


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return _KINDS.get(type(value).__name__, "null")
