"""The server SDK for LiveKit: access tokens, webhooks and every server API, sync and async.

Everything here is loaded when it is first touched: ``from lkapi import AccessToken`` loads neither
messages nor an HTTP library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from lkapi._version import __version__

if TYPE_CHECKING:
    from lkapi.auth import (
        AccessToken,
        AgentEndpointGrants,
        AgentGrants,
        AgentThreadGrants,
        Claims,
        InferenceGrants,
        ObservabilityGrants,
        SIPGrants,
        TokenVerifier,
        VideoGrants,
    )
    from lkapi.client import LiveKitAPI
    from lkapi.errors import *
    from lkapi.method import Idempotency, MethodInfo
    from lkapi.protocol.agent import *
    from lkapi.protocol.agent_dispatch import *
    from lkapi.protocol.agent_simulation import *
    from lkapi.protocol.cloud_agent import *
    from lkapi.protocol.cloud_replay import *
    from lkapi.protocol.connector import *
    from lkapi.protocol.connector_twilio import *
    from lkapi.protocol.connector_whatsapp import *
    from lkapi.protocol.egress import *
    from lkapi.protocol.ingress import *
    from lkapi.protocol.models import *
    from lkapi.protocol.phone_number import *
    from lkapi.protocol.room import *
    from lkapi.protocol.sip import *
    from lkapi.protocol.token_source import *
    from lkapi.protocol.webhook import *
    from lkapi.retry import RetryPolicy
    from lkapi.settings import Settings
    from lkapi.sync import SyncLiveKitAPI
    from lkapi.webhook import (
        WebhookReceiver,
        WebhookRouter,
        WebhookSender,
        WebhookVerifier,
        sign_webhook,
    )

__all__ = [
    "APIError",
    "AccessToken",
    "AgentEndpointGrants",
    "AgentGrants",
    "AgentThreadGrants",
    "Claims",
    "Idempotency",
    "InferenceGrants",
    "LiveKitAPI",
    "LiveKitError",
    "MethodInfo",
    "ObservabilityGrants",
    "RetryPolicy",
    "SIPGrants",
    "Settings",
    "SyncLiveKitAPI",
    "TokenVerifier",
    "VideoGrants",
    "WebhookReceiver",
    "WebhookRouter",
    "WebhookSender",
    "WebhookVerifier",
    "__version__",
    "sign_webhook",
]

if TYPE_CHECKING:  # what is loaded on demand is as public as the rest
    import lkapi.protocol.agent as _agent
    import lkapi.protocol.agent_dispatch as _agent_dispatch
    import lkapi.protocol.agent_simulation as _agent_simulation
    import lkapi.protocol.cloud_agent as _cloud_agent
    import lkapi.protocol.cloud_replay as _cloud_replay
    import lkapi.protocol.connector as _connector
    import lkapi.protocol.connector_twilio as _connector_twilio
    import lkapi.protocol.connector_whatsapp as _connector_whatsapp
    import lkapi.protocol.egress as _egress
    import lkapi.protocol.ingress as _ingress
    import lkapi.protocol.models as _models
    import lkapi.protocol.phone_number as _phone_number
    import lkapi.protocol.room as _room
    import lkapi.protocol.sip as _sip
    import lkapi.protocol.token_source as _token_source
    import lkapi.protocol.webhook as _webhook
    from lkapi import (
        access_token,
        agent_dispatch_service,
        analytics,
        connector_service,
        constants,
        egress_service,
        errors,
        ingress_service,
        livekit_api,
        protocol,
        recording,
        room_service,
        sip_service,
        sip_values,
        twirp_client,
        version,
        webhook,
    )

    __all__ += [
        "access_token",
        "agent_dispatch_service",
        "analytics",
        "connector_service",
        "constants",
        "egress_service",
        "errors",
        "ingress_service",
        "livekit_api",
        "protocol",
        "recording",
        "room_service",
        "sip_service",
        "sip_values",
        "twirp_client",
        "version",
        "webhook",
    ]
    __all__ += errors.__all__
    __all__ += _agent.__all__
    __all__ += _agent_dispatch.__all__
    __all__ += _agent_simulation.__all__
    __all__ += _cloud_agent.__all__
    __all__ += _cloud_replay.__all__
    __all__ += _connector.__all__
    __all__ += _connector_twilio.__all__
    __all__ += _connector_whatsapp.__all__
    __all__ += _egress.__all__
    __all__ += _ingress.__all__
    __all__ += _models.__all__
    __all__ += _phone_number.__all__
    __all__ += _room.__all__
    __all__ += _sip.__all__
    __all__ += _token_source.__all__
    __all__ += _webhook.__all__

_HOMES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "AccessToken",
            "AgentEndpointGrants",
            "AgentGrants",
            "AgentThreadGrants",
            "Claims",
            "InferenceGrants",
            "ObservabilityGrants",
            "SIPGrants",
            "TokenVerifier",
            "VideoGrants",
        ),
        "lkapi.auth",
    ),
    "Idempotency": "lkapi.method",
    "LiveKitAPI": "lkapi.client",
    "MethodInfo": "lkapi.method",
    "RetryPolicy": "lkapi.retry",
    "Settings": "lkapi.settings",
    "SyncLiveKitAPI": "lkapi.sync",
    **dict.fromkeys(
        ("WebhookReceiver", "WebhookRouter", "WebhookSender", "WebhookVerifier", "sign_webhook"),
        "lkapi.webhook",
    ),
}

_MODULES: Final = frozenset(
    (
        "access_token",
        "agent_dispatch_service",
        "analytics",
        "connector_service",
        "constants",
        "devserver",
        "egress_service",
        "errors",
        "ingress_service",
        "livekit_api",
        "protocol",
        "recording",
        "room_service",
        "sip_service",
        "sip_values",
        "sync",
        "twirp_client",
        "version",
        "web",
        "webhook",
    )
)
"""Submodules reachable as attributes without importing them by name, as livekit.api's are."""


def _find(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _MODULES:
        return import_module(f"lkapi.{name}")
    if name.startswith("_"):
        return None
    from lkapi._exports import MESSAGE_NAMES

    if name in MESSAGE_NAMES:
        return getattr(import_module(f"lkapi.protocol.{MESSAGE_NAMES[name]}"), name)
    errors = import_module("lkapi.errors")
    return getattr(errors, name) if name in errors.__all__ else None


def __dir__() -> list[str]:
    from lkapi._exports import MESSAGE_NAMES

    errors: list[str] = import_module("lkapi.errors").__all__
    return sorted({*globals(), *_HOMES, *_MODULES, *MESSAGE_NAMES, *errors})


if (
    not TYPE_CHECKING
):  # the type checkers know each name; this one would hide misspelt ones from them

    def __getattr__(name: str) -> Any:
        value = _find(name)
        if value is None:
            raise AttributeError(f"module 'lkapi' has no attribute {name!r}")
        globals()[name] = value
        return value
