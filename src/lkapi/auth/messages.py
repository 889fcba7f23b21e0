"""The one door from tokens to messages, opened only when a room configuration is one.

Importing by name keeps ``lkapi.auth`` free of protobuf until then.
"""

from __future__ import annotations

import importlib
from typing import Any


def room_configuration() -> Any:
    """The class ``lkapi.protocol.room.RoomConfiguration``."""
    return importlib.import_module("lkapi.protocol.room").RoomConfiguration
