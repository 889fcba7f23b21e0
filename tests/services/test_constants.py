"""Named values are the texts that stand on the wire."""

from __future__ import annotations

import json

from lkapi import constants
from lkapi.constants import AgentState, Layout, TemplateSignal


def test_members_are_their_text() -> None:
    """They compare, print and serialise as plain strings."""
    assert AgentState.THINKING == "thinking"
    assert f"{AgentState.THINKING}|{AgentState.THINKING:>9}" == "thinking| thinking"
    assert str(TemplateSignal.START) == "START_RECORDING"
    assert json.dumps({constants.AGENT_STATE_ATTRIBUTE: AgentState.SPEAKING}) == (
        '{"lk.agent.state": "speaking"}'
    )


def test_layouts_have_light_forms() -> None:
    """The suffix makes the background white, once."""
    assert [
        str(layout.light) for layout in (Layout.GRID, Layout.SPEAKER, Layout.SINGLE_SPEAKER)
    ] == [
        "grid-light",
        "speaker-light",
        "single-speaker-light",
    ]
    assert Layout.GRID_LIGHT.light is Layout.GRID_LIGHT


def test_attribute_of_avatar_workers() -> None:
    """The name that the documentation gives."""
    assert constants.PUBLISH_ON_BEHALF_ATTRIBUTE == "lk.publish_on_behalf"
