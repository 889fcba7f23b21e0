"""Fifty thousand random and mutated requests: no 500, no exception, whatever comes in."""

from __future__ import annotations

import sys

import pytest

from tests.fuzzing.fuzzer import Fuzzer, timed

REQUESTS = 50_000


def test_no_request_breaks_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """Through the server and each of its front ends; `scripts/fuzz` sends a million."""
    fuzzer = Fuzzer(seed=20)
    rate = timed(fuzzer, REQUESTS)
    shown = "\n".join(fuzzer.failures[:20])
    assert not fuzzer.failures, f"{len(fuzzer.failures)} requests broke the server:\n{shown}"
    assert sum(fuzzer.sent.values()) == REQUESTS
    assert min(fuzzer.sent[way] for way in ("handle", "transport", "asgi", "http")) > 300
    good = fuzzer.statuses[200] / REQUESTS
    assert 0.1 < good < 0.9, "most requests are refused at the door, or none is"
    with capsys.disabled():
        sys.stdout.write(f"\nfuzz: {rate:.0f} requests a second, {good:.0%} of them served\n")
