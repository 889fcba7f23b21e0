"""Values that LiveKit's documentation names and that messages carry as plain text.

They are strings, so they go straight into the fields and compare with what comes back.
"""

from __future__ import annotations

import enum
from typing import Final

__all__ = [
    "AGENT_STATE_ATTRIBUTE",
    "PUBLISH_ON_BEHALF_ATTRIBUTE",
    "SIP_ATTRIBUTE_PREFIX",
    "AgentState",
    "Layout",
    "TemplateSignal",
]


class _Text(str, enum.Enum):
    """A string enum whose members also print as their values, in ``str()`` and in f-strings."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)


AGENT_STATE_ATTRIBUTE: Final = "lk.agent.state"
"""Participant attribute in which an agent publishes its state: one of ``AgentState``."""

PUBLISH_ON_BEHALF_ATTRIBUTE: Final = "lk.publish_on_behalf"
"""Participant attribute of an avatar worker: identity of the agent for which it publishes."""

SIP_ATTRIBUTE_PREFIX: Final = "sip."
"""Prefix of the participant attributes that the SIP service sets."""


class AgentState(_Text):
    """What an agent is doing, in the participant attribute ``lk.agent.state``."""

    INITIALIZING = "initializing"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


class Layout(_Text):
    """Layouts of the built-in recording template; ``*_LIGHT`` have a white background."""

    GRID = "grid"
    GRID_LIGHT = "grid-light"
    SPEAKER = "speaker"
    SPEAKER_LIGHT = "speaker-light"
    SINGLE_SPEAKER = "single-speaker"
    SINGLE_SPEAKER_LIGHT = "single-speaker-light"

    @property
    def light(self) -> Layout:
        """The same layout on a white background."""
        return self if self.value.endswith("-light") else Layout(f"{self.value}-light")


class TemplateSignal(_Text):
    """What a recording template's page logs to the browser's console to control the recorder."""

    START = "START_RECORDING"
    END = "END_RECORDING"
