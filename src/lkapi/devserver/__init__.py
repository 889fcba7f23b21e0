"""A LiveKit server to build and test against, in this process, with no network and no installation.

``World`` holds the state and ``DevServer`` answers HTTP requests over it. Front ends carry bytes:
the in-process transport for lkapi's own clients, ASGI, and a threaded HTTP server for any.
"""

from __future__ import annotations

from lkapi.devserver.agents.jobs import SimulatedJob, SimulatedWorker
from lkapi.devserver.events.webhooks import Webhooks
from lkapi.devserver.faults.faults import Fault, Faults
from lkapi.devserver.front_ends.asgi import ASGIApp
from lkapi.devserver.front_ends.in_process import InProcessTransport
from lkapi.devserver.front_ends.regional import RegionalFrontEnd
from lkapi.devserver.front_ends.threaded import HTTPFrontEnd
from lkapi.devserver.http.errors import JoinRefused
from lkapi.devserver.rooms.participants import ReceivedData, SimulatedParticipant
from lkapi.devserver.rooms.rpc import RpcError, RpcInvocation
from lkapi.devserver.runtime.clock import Clock, SystemClock, VirtualClock
from lkapi.devserver.runtime.config import WorldConfig, load_config
from lkapi.devserver.runtime.ids import Ids
from lkapi.devserver.runtime.webhook_settings import WebhookSettings
from lkapi.devserver.server.dev_server import DevServer
from lkapi.devserver.server.mock_server import MockServer
from lkapi.devserver.telephony.callees import Callee
from lkapi.devserver.telephony.phone_call import CallNotTakenError, PhoneCall
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
    "SimulatedJob",
    "SimulatedParticipant",
    "SimulatedWorker",
    "SystemClock",
    "VirtualClock",
    "WebhookSettings",
    "Webhooks",
    "World",
    "WorldConfig",
    "load_config",
]
