"""The messages that agents exchange with those who watch their sessions."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lkapi.protocol.agent_pb import agent_session

__all__ = ["agent_session"]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in __all__:
            return importlib.import_module(f"lkapi.protocol.agent_pb.{name}")
        raise AttributeError(f"module 'lkapi.protocol.agent_pb' has no attribute {name!r}")
