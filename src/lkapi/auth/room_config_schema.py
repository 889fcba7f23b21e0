"""The part of ``RoomConfiguration``'s schema that tokens need: nested messages, secret fields.

The generated tables list what the schema marks secret. This file adds fields that are secret but
not marked, and the other nested messages, whose field names must be rewritten too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.auth._sensitive_fields import CHILDREN, ROOTS, SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = ROOTS[0]

_MORE_CHILDREN: Final[Mapping[str, Mapping[str, str]]] = {
    "livekit.RoomConfiguration": {"agents": "livekit.RoomAgentDispatch"},
    "livekit.RoomCompositeEgressRequest": {
        "stream": "livekit.StreamOutput",
        "streamOutputs": "livekit.StreamOutput",
        "webhooks": "livekit.WebhookConfig",
        "advanced": "livekit.EncodingOptions",
    },
    "livekit.AutoParticipantEgress": {"advanced": "livekit.EncodingOptions"},
    "livekit.StreamOutput": {"destinations": "livekit.StreamDestination"},
    "livekit.WebhookConfig": {"filterParams": "livekit.FilterParams"},
}

_MORE_SECRETS: Final[Mapping[str, frozenset[str]]] = {
    "livekit.StreamOutput": frozenset({"urls"}),
    "livekit.StreamDestination": frozenset({"url"}),
    "livekit.WebhookConfig": frozenset({"signingKey"}),
}
"""The address of a stream ends in its key; whoever has a signing key can pose as LiveKit."""


def _merged(message: str) -> dict[str, str]:
    return {**CHILDREN.get(message, {}), **_MORE_CHILDREN.get(message, {})}


_NESTED: Final = {message: _merged(message) for message in {*CHILDREN, *_MORE_CHILDREN}}
_SECRET: Final = {
    message: SECRETS.get(message, frozenset[str]()) | _MORE_SECRETS.get(message, frozenset[str]())
    for message in {*SECRETS, *_MORE_SECRETS}
}


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _by_plain_name(message: str) -> dict[str, str]:
    names = (*_NESTED.get(message, {}), *sorted(_SECRET.get(message, frozenset[str]())))
    return {_plain(name): name for name in names}


_OTHER_SPELLINGS: Final = {name: _by_plain_name(name) for name in {*_NESTED, *_SECRET}}
_SECRET_NAMES: Final = frozenset(_plain(name) for names in _SECRET.values() for name in names) - {
    "url",
    "urls",
}


def field_name(message: str, name: str) -> str:
    """The JSON name of a key that differs in case or underscores only: ``s3`` for ``S3``."""
    return _OTHER_SPELLINGS.get(message, {}).get(_plain(name), name)


def names_a_secret(key: str) -> bool:
    """Whether a key that is not in the schema has the name of one of its secret fields."""
    return _plain(key) in _SECRET_NAMES


def nested_messages(message: str) -> Mapping[str, str]:
    """JSON names of the fields that are messages, each with the message's full name."""
    return _NESTED.get(message, {})


def secret_fields(message: str) -> frozenset[str]:
    """JSON names of the fields whose value a participant must not see."""
    return _SECRET.get(message, frozenset())
