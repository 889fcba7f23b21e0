"""Two web processes, a queue in Redis and two workers: what is promised holds when some die."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.scale.__main__ import read_plan, report
from benchmarks.scale.deliveries import make_events
from benchmarks.scale.load import Outcome, Plan, run

for needed in ("celery", "redis", "starlette", "uvicorn"):
    pytest.importorskip(needed)
channel = pytest.importorskip("kombu.transport.redis").Channel

pytestmark = [
    pytest.mark.skipif(
        not hasattr(channel, "unacked_restore_interval"),
        reason="kombu before 5.7 looks for the tasks of dead workers every 100 s",
    ),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on the path"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc"),
    pytest.mark.skipif(sys.platform == "win32", reason="kills process groups"),
]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """1,000 deliveries, a tenth of them repetitions; a web process and a worker are killed."""
    return run(Plan(deliveries=1000, lease=1.0, visibility=2.0, work=0.0))


def test_nothing_is_lost(outcome: Outcome) -> None:
    """Each event was delivered, and each that was delivered was done."""
    assert outcome.killed == ["web", "worker"]
    assert (outcome.events, outcome.started, outcome.done) == (909, 909, 909)
    assert (outcome.lost, outcome.given_up) == (0, 0)


def test_each_event_is_done_once(outcome: Outcome) -> None:
    """Repetitions are turned away; the killed worker's event is begun again by the other."""
    assert outcome.answers["answer lost"] == 91
    assert outcome.turned_away >= 91
    assert outcome.interrupted == 1
    assert outcome.done_twice == 0
    assert outcome.kept


def test_the_report_says_so(outcome: Outcome) -> None:
    """The last line is the verdict."""
    assert report(outcome).splitlines()[-1] == "kept"
    assert outcome.as_dict()["kept"] is True


def test_the_command_line() -> None:
    """Options become the plan; what a run would be called kept depends on it."""
    plan, file = read_plan(["--deliveries", "100", "--work", "5", "--json", "out.json"])
    assert (plan.deliveries, plan.work, file) == (100, 0.005, Path("out.json"))
    assert plan.events == 91
    assert [event.id for event in make_events(3, 1)] == [event.id for event in make_events(3, 1)]
