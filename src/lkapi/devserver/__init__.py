"""A LiveKit server to build and test against, in this process, with no network and no installation.

``World`` holds the state and ``DevServer`` answers HTTP requests over it. Front ends carry bytes:
the in-process transport for lkapi's own clients, ASGI, and a threaded HTTP server for any.
"""

from __future__ import annotations

from lkapi.devserver.clock import Clock, SystemClock, VirtualClock
from lkapi.devserver.config import WorldConfig, load_config
from lkapi.devserver.faults.mock import MockServer
from lkapi.devserver.faults.rules import Fault, Faults
from lkapi.devserver.fronts.asgi import ASGIApp
from lkapi.devserver.fronts.regional import RegionalFrontEnd
from lkapi.devserver.fronts.threaded import HTTPFrontEnd
from lkapi.devserver.fronts.transport import InProcessTransport
from lkapi.devserver.http.refusals import JoinRefused
from lkapi.devserver.ids import Ids
from lkapi.devserver.participants import ReceivedData, SimulatedParticipant
from lkapi.devserver.rpc import RpcError, RpcInvocation
from lkapi.devserver.server import DevServer
from lkapi.devserver.telephony.callees import Callee
from lkapi.devserver.telephony.calls import CallNotTakenError, PhoneCall
from lkapi.devserver.webhook_settings import WebhookSettings
from lkapi.devserver.webhooks import Webhooks
from lkapi.devserver.world import World

__all__ = [
    "ASGIApp",
    "CallNotTakenError",
    "Callee",
    "Clock",
    "DevServer",
    "Fault",
    "Faults",
    "HTTPFrontEnd",
    "Ids",
    "InProcessTransport",
    "JoinRefused",
    "MockServer",
    "PhoneCall",
    "ReceivedData",
    "RegionalFrontEnd",
    "RpcError",
    "RpcInvocation",
    "SimulatedParticipant",
    "SystemClock",
    "VirtualClock",
    "WebhookSettings",
    "Webhooks",
    "World",
    "WorldConfig",
    "load_config",
]
