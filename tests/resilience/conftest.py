"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.resilience.yardstick import Yardstick


@pytest.fixture(scope="module")
def yardstick() -> Iterator[Yardstick]:
    """What is asked for instead of guessing how busy the machine is."""
    running = Yardstick()
    running.start()
    yield running
    running.stop()
