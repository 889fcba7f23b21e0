"""Recorded exchanges of SIP, egress, ingress and agent dispatch, and their webhooks, replayed."""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

import pytest

from lkapi.protocol.egress import EgressInfo
from lkapi.protocol.webhook import WebhookEvent
from tests.devserver.recorded import FOLDER, load
from tests.devserver.recorded_services import ServiceReplay, open_scenarios, play_group

GROUPS = ("agent_dispatch", "egress", "idempotency", "ingress", "noredis", "sip", "workers")
_EMPTY = "the recorded server's answer was of a type without fields; its JSON now shows defaults"
LISTED = {
    "workers: transfer, done [json]": _EMPTY,
    "workers: transfer, with dialtone, headers and ringing timeout [json]": _EMPTY,
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


WEBHOOKS = ("egress_started", "egress_updated", "egress_ended", "ingress_started", "ingress_ended")


@functools.cache
def told() -> list[tuple[ServiceReplay, WebhookEvent]]:
    """What the world told while the exchanges with workers were played."""
    found: list[tuple[ServiceReplay, WebhookEvent]] = []
    for server, steps in open_scenarios("workers"):
        for exchange in steps:
            server.play(exchange)
        server.world.settle()
        found += [(server, event) for event in server.world.events.all()]
    return found


def subject_of(event: WebhookEvent) -> tuple[str, Any, Any]:
    """Which change an event tells of."""
    egress, ingress = event.egress_info, event.ingress_info
    if egress is not None:
        return event.event, egress.egress_id, egress.status
    return event.event, ingress.ingress_id if ingress else None, None


def asks_for_one_file(info: EgressInfo) -> bool:
    request = info.room_composite
    return request is not None and [f.filepath for f in request.file_outputs] == ["a.mp4"]


@pytest.mark.parametrize("name", WEBHOOKS)
def test_webhooks_are_the_recorded_ones(name: str) -> None:
    """55: each recorded webhook of an egress or ingress has its event, with the same content."""
    path = FOLDER.parent / "webhooks" / f"{name}.json"
    deliveries = json.loads(path.read_text(encoding="utf-8"))["deliveries"]
    ours = {subject_of(event): (server, event) for server, event in told()}
    compared = 0
    for delivery in deliveries:
        theirs = WebhookEvent.from_json(delivery["body_text"])
        server, event = ours[subject_of(theirs)]
        assert abs(theirs.created_at - event.created_at) <= 3
        same = event.copy(id=theirs.id, created_at=theirs.created_at)
        for info in (theirs.egress_info, same.egress_info):
            if info is not None and not asks_for_one_file(info):
                # whatever else was asked for, the stub said that it had written one file
                info.file_results = []
                info.segment_results = []
        found = server.compare(theirs.to_dict(proto_names=True), same.to_dict(proto_names=True))
        assert not found
        compared += 1
    assert compared == len(deliveries) > 0


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
