"""The server SDK for LiveKit: access tokens, webhooks and every server API, sync and async.

Everything here is loaded on first use: ``from lkapi import AccessToken`` loads neither
messages nor an HTTP library. ``__init__.pyi`` has the same for type checkers; a test compares them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

from lkapi._version import __version__ as __version__

_HOMES: Final[dict[str, tuple[str, ...]]] = {
    "auth": (
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
    "bulk.results": ("BulkProgress", "BulkResult", "BulkResults"),
    "client": ("LiveKitAPI",),
    "methods.info": ("Idempotency", "MethodInfo"),
    "rpc.observe": ("Telemetry",),
    "rpc.pagination": ("AsyncPager",),
    "rpc.records": ("CallInfo", "CallRecord", "RequestInfo", "ResponseInfo", "RetryInfo"),
    "rpc.regions": ("Failover",),
    "rpc.retry": ("NO_RETRY", "RetryPolicy", "without_waits"),
    "settings": ("Settings",),
    "sync": ("SyncLiveKitAPI",),
    "sync.rpc.pagination": ("Pager",),
    "transports": ("Limits",),
    "webhook": (
        "WebhookReceiver",
        "WebhookRouter",
        "WebhookSender",
        "WebhookVerifier",
        "sign_webhook",
    ),
}
"""The hand-written names, by the module below ``lkapi`` that has them."""

_NAMES: Final = {name: home for home, names in _HOMES.items() for name in names}

_MODULES: Final = (
    "analytics",
    "bulk",
    "constants",
    "devserver",
    "errors",
    "protocol",
    "recording",
    "sip_values",
    "sync",
    "testing",
    "web",
    "webhook",
)
"""Submodules reachable as attributes without importing them by name."""

_COMPAT: Final = (
    "access_token",
    "agent_dispatch_service",
    "connector_service",
    "egress_service",
    "ingress_service",
    "livekit_api",
    "room_service",
    "sip_service",
    "twirp_client",
    "version",
)
"""The submodules of livekit.api; the path below finds them in ``compat/``."""

__path__.append(f"{__path__[0]}/compat")

__all__ = sorted((*_NAMES, "__version__"))  # noqa: PLE0605 - a list, though not a literal one


def _find(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"lkapi.{_NAMES[name]}"), name)
    if name in _MODULES or name in _COMPAT:
        return import_module(f"lkapi.{name}")
    if name.startswith("_"):
        return None
    from lkapi._exports import MESSAGE_NAMES

    if name in MESSAGE_NAMES:
        return getattr(import_module(f"lkapi.protocol.{MESSAGE_NAMES[name]}"), name)
    errors = import_module("lkapi.errors")
    return getattr(errors, name) if name in errors.__all__ else None


def __getattr__(name: str) -> Any:
    value = _find(name)
    if value is None:
        error = f"module 'lkapi' has no attribute {name!r}"
        raise AttributeError(error, name=name, obj=sys.modules[__name__])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from lkapi._exports import MESSAGE_NAMES

    errors: list[str] = import_module("lkapi.errors").__all__
    return sorted({*globals(), *_NAMES, *_MODULES, *_COMPAT, *MESSAGE_NAMES, *errors})
