"""What the embedded server does for each remote method: one function per row."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.handlers import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.handlers.registry import Handler

__all__ = ["find_handler"]

_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "AgentDispatchService": ("agent_dispatch",),
    "Connector": ("connector",),
    "Egress": ("egress",),
    "Ingress": ("ingress",),
    "PhoneNumberService": ("phone_number",),
    "RoomService": ("room", "participant", "data", "rpc"),
    "SIP": ("sip_calls", "sip_rules", "sip_trunks"),
}
"""The modules with the handlers of each service, imported with its first call."""
_PREFIX: Final = "/twirp/livekit."


def find_handler(path: str) -> Handler[Any, Any] | None:
    """The handler of a path such as ``/twirp/livekit.RoomService/CreateRoom``."""
    found = registry.find_handler(path)
    if found is not None or not path.startswith(_PREFIX):
        return found
    for name in _MODULES.get(path[len(_PREFIX) :].partition("/")[0], ()):
        import_module(f"{__name__}.{name}")
    return registry.find_handler(path)
