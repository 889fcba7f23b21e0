"""Recorded exchanges of SIP, egress, ingress and agent dispatch, replayed on the embedded server."""

from __future__ import annotations

import functools
import sys

import pytest

from tests.devserver.recorded import load
from tests.devserver.recorded_services import play_group

GROUPS = ("agent_dispatch", "egress", "idempotency", "ingress", "noredis", "sip", "workers")
_ORDER = "of two that conflict, the recorded server names either: its order changed between runs"
_EMPTY = "the recorded server's answer was of a type without fields; its JSON now shows defaults"
LISTED = {
    "workers: transfer, done [json]": _EMPTY,
    "workers: transfer, with dialtone, headers and ringing timeout [json]": _EMPTY,
    "sip: create inbound, number taken, same allowed numbers [json]": _ORDER,
    "sip: create rule, same trunk and pin [pb]": _ORDER,
    "sip: create rule, any trunk again [json]": _ORDER,
}
"""Exchanges that the embedded server answers otherwise, and why."""


@functools.cache
def replay(group: str) -> dict[str, list[str]]:
    return dict(play_group(group))


@pytest.mark.parametrize("group", GROUPS)
def test_answers_are_the_recorded_ones(group: str) -> None:
    """Status, headers, body and waits are as recorded."""
    found = {name: diffs for name, diffs in replay(group).items() if diffs and name not in LISTED}
    assert not found, "\n".join(f"{name}: {d}" for name, diffs in found.items() for d in diffs)


@pytest.mark.parametrize("name", LISTED)
def test_listed_differences_still_differ(name: str) -> None:
    """The list of differences holds nothing that is the same by now."""
    found = replay(name.partition(":")[0])
    assert name in found, "no exchange of this name"
    assert found[name], "no longer differs: take it off the list"


def test_counts(record_property, capsys) -> None:
    """Nothing is left out: the counts are printed, and every exchange is in one of them."""
    played = {name: diffs for group in GROUPS for name, diffs in replay(group).items()}
    by_group = ", ".join(f"{group} {len(replay(group))}" for group in GROUPS)
    text = f"{len(played)} exchanges ({by_group}), {len(LISTED)} listed, none left out"
    record_property("service_vectors", text)
    with capsys.disabled():
        sys.stdout.write(f"\nservice vectors: {text}\n")
    assert len(played) == sum(len(load(group)) for group in GROUPS)
    assert len(played) > 500
