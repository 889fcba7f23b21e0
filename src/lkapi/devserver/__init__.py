"""A LiveKit server to build and test against, in this process, with no network and no installation.

``World`` has the state, and ``DevServer`` responds to HTTP requests with it. Front ends connect it
to clients: an in-process transport for lkapi's own clients, ASGI, and a threaded HTTP server for
any client.

Each name is loaded on first use, so a program loads only what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi._lazy import lazy_names

if TYPE_CHECKING:
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
    from lkapi.devserver.seeds.files import read_seed
    from lkapi.devserver.seeds.planting import plant
    from lkapi.devserver.server.dev_server import DevServer
    from lkapi.devserver.server.mock_server import MockServer
    from lkapi.devserver.server.watching import Served
    from lkapi.devserver.snapshots.files import read_snapshot, write_snapshot
    from lkapi.devserver.snapshots.values import SnapshotError
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
    "Served",
    "SimulatedJob",
    "SimulatedParticipant",
    "SimulatedWorker",
    "SnapshotError",
    "SystemClock",
    "VirtualClock",
    "WebhookSettings",
    "Webhooks",
    "World",
    "WorldConfig",
    "load_config",
    "plant",
    "read_seed",
    "read_snapshot",
    "write_snapshot",
]

_HOMES: Final = {
    ".agents.jobs": (
        "SimulatedJob",
        "SimulatedWorker",
    ),
    ".events.webhooks": ("Webhooks",),
    ".faults.faults": (
        "Fault",
        "Faults",
    ),
    ".front_ends.asgi": ("ASGIApp",),
    ".front_ends.in_process": ("InProcessTransport",),
    ".front_ends.regional": ("RegionalFrontEnd",),
    ".front_ends.threaded": ("HTTPFrontEnd",),
    ".http.errors": ("JoinRefused",),
    ".rooms.participants": (
        "ReceivedData",
        "SimulatedParticipant",
    ),
    ".rooms.rpc": (
        "RpcError",
        "RpcInvocation",
    ),
    ".runtime.clock": (
        "Clock",
        "SystemClock",
        "VirtualClock",
    ),
    ".runtime.config": (
        "WorldConfig",
        "load_config",
    ),
    ".runtime.ids": ("Ids",),
    ".runtime.webhook_settings": ("WebhookSettings",),
    ".seeds.files": ("read_seed",),
    ".seeds.planting": ("plant",),
    ".server.dev_server": ("DevServer",),
    ".server.mock_server": ("MockServer",),
    ".server.watching": ("Served",),
    ".snapshots.files": (
        "read_snapshot",
        "write_snapshot",
    ),
    ".snapshots.values": ("SnapshotError",),
    ".telephony.callees": ("Callee",),
    ".telephony.phone_call": (
        "CallNotTakenError",
        "PhoneCall",
    ),
    ".world": ("World",),
}
"""The names, by the module below this one that has them."""

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
