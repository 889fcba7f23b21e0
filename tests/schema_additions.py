"""What ``protobufs/`` has beyond the recorded schema, ``tests/vectors/wire_schema.json``.

The recording is of LiveKit's protocol 1.54.0 and is not edited: whatever it has must stay as it is
there. A name that is new in ``protobufs/`` goes into ``ADDED``; what is inside an added message or
enum need not be listed. What LiveKit removes or renumbers needs a new recording.
"""

from __future__ import annotations

from typing import Final

ADDED: Final[frozenset[str]] = frozenset()
"""Rpcs (``RoomService/PauseRoom``), messages and enums (``livekit.PauseRoomRequest``), fields and
enum values (``livekit.Room.paused``), files (``livekit_pause.proto``), and imports of recorded
files (``livekit_room.proto: livekit_pause.proto``)."""
