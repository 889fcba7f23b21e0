"""The page "At scale" is about the code as it stands: settings, programs, sums."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import sizing
from benchmarks.scale.__main__ import read_plan
from benchmarks.scale.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/at-scale.md").read_text(encoding="utf-8")
CODE = dict(re.findall(r'```python title="([^"]+)"\n(.*?)```', PAGE, re.DOTALL))


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The page's files in a folder from which they can be imported.

    Once for all tests: Celery shares a task with every application of the process, and two of one
    name would be an error in whichever starts next.
    """
    for needed in ("celery", "redis", "starlette"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("at-scale")
    for title, code in CODE.items():
        (folder / title).write_text(code, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("LIVEKIT_API_KEY", "devkey")
        patch.setenv("LIVEKIT_API_SECRET", "secret")
        yield folder
    for name in ("worker", "web"):
        sys.modules.pop(name, None)


def test_the_settings_are_those_of_the_load_program(
    modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was tested with killed processes is what readers are told, but for the times."""
    worker: Any = importlib.import_module("worker")
    settings = Settings(broker=worker.BROKER, folder=str(modules))
    monkeypatch.setenv("LKAPI_SCALE", settings.environment()["LKAPI_SCALE"])
    tested: Any = importlib.import_module("benchmarks.scale.worker")
    for name in (
        "task_acks_late",
        "task_reject_on_worker_lost",
        "task_ignore_result",
        "worker_prefetch_multiplier",
    ):
        assert worker.queue.conf[name] == tested.queue.conf[name], name
    told, used = (each.queue.conf.broker_transport_options for each in (worker, tested))
    assert told.keys() == used.keys()
    lease = worker.store._lease_ms / 1000
    assert lease < told["visibility_timeout"]
    assert settings.lease < settings.visibility


def test_the_web_tier_of_the_page_enqueues(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signed delivery is answered with 204 and is in the queue as text."""
    from starlette.testclient import TestClient

    from lkapi.webhook import WebhookEvent, sign_event

    web: Any = importlib.import_module("web")
    queued: list[Any] = []
    monkeypatch.setattr(web.work_on, "delay", queued.append)
    signed = sign_event(WebhookEvent(event="room_started", id="EV_1"), "devkey", "secret")
    with TestClient(web.app) as client:
        reply = client.post("/livekit/webhook", content=signed.body, headers=signed.headers)
    assert reply.status_code == 204
    assert [WebhookEvent.from_json(text).id for text in queued] == ["EV_1"]


def test_the_sums_are_what_the_program_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """The command of the page, run, prints the page's block."""
    command, printed = re.findall(
        r"```sh\npython -m benchmarks\.sizing (.*?)\n```\n\n```text\n(.*?)```", PAGE, re.DOTALL
    )[0]
    assert sizing.main(command.split()) == 0
    assert capsys.readouterr().out == printed


def test_links_and_programs_exist() -> None:
    """Pages, headings, scripts and tests that are named."""
    headings = {
        re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^):]+)\)", PAGE):
        page, _, heading = target.partition("#")
        assert page == "" or (ROOT / "docs" / page).is_file(), target
        assert heading == "" or page or heading in headings, target
    for name in re.findall(r"`((?:scripts|tests)/[\w/.-]+)`", PAGE):
        assert (ROOT / name).exists(), name
    for options in re.findall(r"^scripts/load-webhooks(.*)$", PAGE, re.MULTILINE):
        read_plan(options.split())


def test_sums() -> None:
    """By hand: 8.64 million a day are 100 a second; two processes are the least."""
    needed = sizing.size(
        sizing.Load(webhooks_a_day=8.64e6, peak=3, repeats=0, calls_a_second=1000),
        sizing.Figures(web=100, worker=100, work_ms=10, call=1000, used=0.5, latency_ms=20),
    )
    assert needed.webhooks_a_second == pytest.approx(300)
    assert needed.web_processes == 6
    assert needed.worker_processes == 12
    assert needed.call_processes == 2
    assert needed.connections == 20
    assert needed.token_processes == 0
    assert needed.cloud_projects == pytest.approx(60)
    assert needed.breaks_first == "LiveKit Cloud's call limit"


@pytest.mark.parametrize(
    ("load", "figures", "first"),
    [
        (sizing.Load(webhooks_a_day=1e6), sizing.Figures(), "nothing"),
        (sizing.Load(webhooks_a_day=1e9), sizing.Figures(), "one Redis"),
        (sizing.Load(webhooks_a_day=2e8), sizing.Figures(redis=1e9), "the memory of Redis"),
    ],
)
def test_what_breaks_first(load: sizing.Load, figures: sizing.Figures, first: str) -> None:
    """The hardest limit is named."""
    assert sizing.size(load, figures).breaks_first.startswith(first)
