"""``lkapi doctor --migration``: the lines of a program for livekit-api that need a change on lkapi.

Programs are read as text and never imported. ``files`` finds and parses them, ``flow`` goes through
the statements with what ``inference`` knows about types, and ``rules`` say what differs;
``compat/message_idioms.json`` has the idioms and why they differ.
"""

from __future__ import annotations
