"""The page of agents: dispatches, jobs, and the workers of the simulated world."""

from __future__ import annotations

import pytest

import lkapi
from lkapi.console.pages.agents.page import JobRow, jobs_of
from lkapi.console.stage.agents import AGENTS
from lkapi.devserver import DevServer, World, WorldConfig
from tests.console.stages import NASTY, join, playing, text_of


def dispatch(player, room: str = "demo", agent: str = "helper", **form: str) -> str:
    done = player.do("dispatch.create", room=room, agent_name=agent, **form)
    assert done.status_code == 200, text_of(done.text)
    found = player.world.find_room(room).dispatches.values()
    return [one.id for one in found if one.agent_name == agent][-1]


def test_dispatches_of_all_rooms_and_of_one(console):
    first = dispatch(console, "one", metadata="about", attributes="lang=en")
    second = dispatch(console, "two", "notes")
    page = text_of(console.get("/agents").text)
    for text in (first, second, "helper", "notes", "about"):
        assert text in page
    one = console.get("/agents", room="one").text
    assert first in one
    assert second not in one
    assert second not in console.get("/agents", q="HELPER").text
    assert "No dispatch matches" in console.get("/agents", q="nothing").text
    made = console.world.find_room("one").dispatches[first]
    assert (made.metadata, dict(made.attributes)) == ("about", {"lang": "en"})


def test_a_room_that_is_not_open_says_so(console):
    page = console.get("/agents", room="nowhere").text
    assert "No node of the server has this room open" in page


def test_delete_says_what_it_ends(dev):
    dev.do("world.worker.register", agent_name="helper")
    dispatch_id = dispatch(dev)
    form = {"room": "demo", "dispatch_id": dispatch_id}
    asks = text_of(dev.get("/do/dispatch.delete", **form).text)
    assert "Ends 1 job: helper leaves demo." in asks
    assert dev.do("dispatch.delete", **form).status_code == 200
    assert dispatch_id not in dev.get("/agents").text
    assert "no such dispatch" in dev.get("/do/dispatch.delete", **form).text
    waiting = dispatch(dev, agent="nobody")
    asks = text_of(dev.get("/do/dispatch.delete", room="demo", dispatch_id=waiting).text)
    assert "nobody will not be sent into demo any more" in asks
    gone = dev.do("dispatch.delete", room="demo", dispatch_id="AD_none")
    assert gone.status_code == 422
    assert "It does not exist" in gone.text


def test_jobs_of_all_dispatches_are_listed_and_end(dev):
    dev.do("world.worker.register", agent_name="helper")
    for room in ("one", "two", "three"):
        dispatch(dev, room)
    first, second, third = dev.world.agents.jobs()
    dev.do("world.job.succeed", job_id=first.info.id)
    dev.do("world.job.fail", job_id=second.info.id, error="no <b>model</b>")
    page = dev.get("/agents", sort="status").text
    assert "no &lt;b&gt;model&lt;/b&gt;" in page
    jobs = text_of(page)[text_of(page).index(" Jobs 1") :]
    assert [jobs.index(word) for word in ("running", "success", "failed")] == sorted(
        jobs.index(word) for word in ("running", "success", "failed")
    )
    assert third.worker.worker_id in page
    assert f"/participant?room=three&amp;identity=agent-{third.info.id}" in page
    found = dev.get("/agents", q="failed").text
    assert f'id="j-{second.info.id}"' in found
    assert f'id="j-{first.info.id}"' not in found
    for sort in ("agent", "-room", "started", "ended"):
        assert dev.get("/agents", sort=sort).status_code == 200
    assert not first.running
    assert dev.do("world.job.succeed", job_id="AJ_none").status_code == 422


def test_workers_accept_reject_and_are_full(dev):
    assert "No worker is registered" in dev.get("/agents").text
    done = dev.do("world.worker.register", agent_name="helper", answer="rejects")
    assert done.status_code == 200
    (worker,) = dev.world.agents.all()
    dispatch(dev, "one")
    assert (len(worker.offers), worker.jobs) == (1, [])
    assert "rejects" in dev.get("/agents").text
    dev.do("world.worker.answer", worker_id=worker.worker_id, answer="full")
    dispatch(dev, "two")
    assert len(worker.offers) == 1
    assert worker.status == lkapi.WorkerStatus.WS_FULL
    dev.do("world.worker.answer", worker_id=worker.worker_id, answer="accepts")
    dispatch(dev, "three")
    assert len(worker.running) == 1
    assert dev.do("world.worker.close", worker_id=worker.worker_id).status_code == 200
    assert dev.world.agents.all() == []
    assert len(worker.running) == 1
    gone = dev.do("world.worker.close", worker_id=worker.worker_id)
    assert gone.status_code == 422
    assert worker.worker_id in gone.text
    bad = dev.do("world.worker.register", answer="maybe")
    assert "there is no" in bad.text


def test_workers_of_publishers_get_a_job_for_each(dev):
    dev.do("world.worker.register", agent_name="notes", type="publisher", deployment="blue")
    dispatch(dev, agent="notes", deployment="blue")
    join(dev.world, "demo", "ann")
    (job,) = dev.world.agents.jobs()
    assert job.info.type == lkapi.JobType.JT_PUBLISHER
    assert "each publisher" in text_of(dev.get("/agents").text)


@pytest.mark.parametrize("action", AGENTS, ids=lambda one: one.name)
def test_python_of_each_form_runs(dev, action):
    assert "The same as code" in dev.get(f"/do/{action.name}").text
    worker = dev.world.agents.register("helper")
    dispatch(dev)
    (job,) = dev.world.agents.jobs()
    form = {
        "worker_id": worker.worker_id, "job_id": job.info.id, "error": 'a "bad" end',
        "agent_name": "other", "type": "participant", "answer": "rejects", "deployment": "blue",
    }  # fmt: skip
    exec(action.python(form), {"world": dev.world})
    assert {
        "world.worker.register": lambda: dev.world.agents.all()[1].deployment == "blue",
        "world.worker.answer": lambda: worker.accepts(job.info) is False,
        "world.worker.close": lambda: dev.world.agents.all() == [],
        "world.job.succeed": lambda: job.state.status == lkapi.JobStatus.JS_SUCCESS,
        "world.job.fail": lambda: job.state.error == 'a "bad" end',
    }[action.name]()
    full = {**form, "answer": "full"}
    if "answer" in [one.name for one in action.form]:
        names = {"world": dev.world}
        exec(action.python(full), names)
        assert names["worker"].status == lkapi.WorkerStatus.WS_FULL


def test_the_world_is_played_with_in_dev_only(console):
    assert "Workers" not in console.get("/agents").text
    assert console.do("world.worker.register").status_code == 404


def test_more_rooms_than_are_read_is_said(monkeypatch):
    from lkapi.console.pages.agents import page as agents

    monkeypatch.setattr(agents, "_MAX_ROOMS", 2)
    with playing() as player:
        for room in ("one", "two", "three"):
            dispatch(player, room)
        assert "There are more rooms than the 2 newest" in player.get("/agents").text


def test_a_room_that_ends_meanwhile_is_named():
    server = DevServer(World(config=WorldConfig(profile="self-hosted")))
    with playing(server=server) as player:
        dispatch(player, "one")
        server.faults.fail_once(method="ListDispatch", status=503, message="no response")
        page = text_of(player.get("/agents").text)
        assert "1 room did not answer, and may have ended: one." in page


def test_hostile_texts_stay_texts(dev):
    dev.world.agents.register(NASTY)
    dispatch(dev, NASTY[:60], NASTY, metadata=NASTY)
    dev.do("world.job.fail", job_id=dev.world.agents.jobs()[0].info.id, error=NASTY)
    for query in ({}, {"room": NASTY[:60]}, {"q": NASTY[:9]}):
        page = dev.get("/agents", **query)
        assert page.status_code == 200
        assert "&lt;img src=x" in page.text
        assert "<img src=x" not in page.text
        assert "<script>window" not in page.text


def test_a_job_in_words():
    state = lkapi.JobState(reason=lkapi.JobStateReason.JSR_NO_CAPACITY)
    job = lkapi.Job(id="AJ_1", created_at=1_700_000_000_000_000_000)
    row = JobRow(dispatch=lkapi.AgentDispatch(), job=job, state=state)
    assert row.error == "no capacity"
    assert row.created.timestamp() == 1_700_000_000
    without = lkapi.AgentDispatch(state=lkapi.AgentDispatchState(jobs=[lkapi.Job(id="AJ_2")]))
    (row,) = jobs_of([without, lkapi.AgentDispatch()])
    assert (row.status, row.error, row.created) == ("pending", "", None)
