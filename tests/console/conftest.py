"""Fixtures of the console's tests."""

from __future__ import annotations

import pytest

from tests.console.stages import playing

pytest.importorskip("jinja2")
pytest.importorskip("starlette")


@pytest.fixture
def console():
    with playing() as player:
        yield player


@pytest.fixture
def dev():
    with playing(stage=True) as player:
        yield player
