"""Simulated agent workers: offers, jobs and their ends, as the API and webhooks show them."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.devserver import SimulatedJob
from lkapi.protocol.agent import JobStatus, JobType, WorkerStatus
from lkapi.protocol.models import ParticipantInfo
from tests.devserver.inboxes import URL, Inbox
from tests.devserver.service_calls import ServiceServer

DISPATCH = "AgentDispatchService/CreateDispatch"
LIST = "AgentDispatchService/ListDispatch"


@pytest.fixture
def server() -> ServiceServer:
    return ServiceServer("cloud")


def job_events(server: ServiceServer) -> list[str]:
    return [name for name in server.events() if name.startswith("agent_job")]


def listed(server: ServiceServer, room: str = "demo") -> list[Any]:
    dispatches = server.get(LIST, {"room": room})["agent_dispatches"]
    return [job for dispatch in dispatches for job in dispatch["state"]["jobs"]]


def only_job(server: ServiceServer) -> SimulatedJob:
    (job,) = server.world.agents.jobs()
    return job


def test_a_dispatch_becomes_a_job(server: ServiceServer) -> None:
    """The worker of its name is asked, accepts, and its agent joins; the API shows the job."""
    worker = server.world.agents.register("bot")
    server.world.agents.register("other")
    body = {"room": "demo", "agent_name": "bot", "metadata": "m", "attributes": {"k": "v"}}
    dispatch = server.get(DISPATCH, body)
    assert dispatch["state"]["jobs"] == []
    job = only_job(server)
    assert (job.worker, job.running, worker.running) == (worker, True, [job])
    assert (job.info.metadata, job.info.attributes) == ("m", {"k": "v"})
    (shown,) = listed(server)
    assert (shown["id"], shown["dispatch_id"]) == (job.info.id, dispatch["id"])
    assert (shown["type"], shown["room"]["name"]) == ("JT_ROOM", "demo")
    state = shown["state"]
    assert (state["status"], state["worker_id"]) == ("JS_RUNNING", worker.worker_id)
    agent = server.world.find_participant("demo", state["participant_identity"])
    assert agent is not None
    assert agent is job.participant
    assert agent.info.kind == ParticipantInfo.Kind.AGENT
    assert agent.info.attributes == {"lk.agent_name": "bot"}


def test_success_and_failure_are_told(server: ServiceServer) -> None:
    """The worker's report ends the job; its agent leaves, and webhooks tell of both ends."""
    inbox = Inbox()
    hooks = server.world.events.deliver_to(inbox.post, URL)
    server.world.agents.register()
    server.call("CreateRoom", {"name": "demo"})
    job = only_job(server)
    server.clock.advance(5)
    job.succeed()
    job.fail("too late")
    assert not job.running
    assert job.participant is not None
    assert not job.participant.connected
    server.call("CreateRoom", {"name": "two"})
    server.world.agents.jobs()[1].fail("no model")
    hooks.flush()
    bodies = sorted(inbox.bodies(), key=lambda body: body["room"]["name"])
    told = [body for body in bodies if body["event"].startswith("agent_job")]
    names = [(body["event"], body["room"]["name"]) for body in told]
    assert names == [
        (f"agent_job_{end}", r) for r in ("demo", "two") for end in ("started", "ended")
    ]
    states = [body["job"]["state"] for body in told if body["event"].endswith("ended")]
    assert [(s["status"], s.get("error")) for s in states] == [
        ("JS_SUCCESS", None),
        ("JS_FAILED", "no model"),
    ]
    assert int(states[0]["endedAt"]) - int(states[0]["startedAt"]) == 5_000_000_000


def test_who_rejects_is_not_assigned(server: ServiceServer) -> None:
    """The next worker is asked; if nobody accepts, there is no job and no webhook."""
    busy = server.world.agents.register(accepts=lambda job: job.room.name == "other")
    full = server.world.agents.register()
    full.status = WorkerStatus.WS_FULL
    server.call("CreateRoom", {"name": "demo"})
    assert ([offer.room.name for offer in busy.offers], full.offers) == (["demo"], [])
    assert (server.world.agents.jobs(), job_events(server), listed(server)) == ([], [], [])
    ready = server.world.agents.register()
    server.call("CreateRoom", {"name": "two"})
    assert only_job(server).worker is ready
    busy.close()
    ready.close()
    ready.close()
    assert server.world.agents.all() == [full]
    assert only_job(server).running
    server.call("CreateRoom", {"name": "other"})
    assert len(server.world.agents.jobs()) == 1


def test_the_worker_with_the_fewest_jobs_is_asked_first(server: ServiceServer) -> None:
    """Jobs are spread over the workers of one name."""
    workers = [server.world.agents.register() for _ in range(2)]
    for number in range(4):
        server.call("CreateRoom", {"name": f"r{number}"})
    assert [len(worker.jobs) for worker in workers] == [2, 2]


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [
        ("leave", JobStatus.JS_FAILED, "agent worker left the room"),
        ("delete dispatch", JobStatus.JS_SUCCESS, ""),
        ("delete room", JobStatus.JS_SUCCESS, ""),
    ],
)
def test_other_ends(server: ServiceServer, how: str, status: JobStatus, error: str) -> None:
    """The agent leaves without a report, or its dispatch or room is deleted."""
    server.world.agents.register("bot")
    dispatch = server.get(DISPATCH, {"room": "demo", "agent_name": "bot"})
    job = only_job(server)
    assert job.participant is not None
    if how == "leave":
        job.participant.leave()
    elif how == "delete dispatch":
        named = {"room": "demo", "dispatch_id": dispatch["id"]}
        server.get("AgentDispatchService/DeleteDispatch", named)
    else:
        server.call("DeleteRoom", {"room": "demo"})
    assert (job.state.status, job.state.error) == (status, error)
    assert not job.participant.connected
    assert job_events(server) == ["agent_job_started", "agent_job_ended"]


def test_jobs_for_participants_and_publishers(server: ServiceServer) -> None:
    """One for each who joins or first publishes, also before the dispatch; none for agents."""
    each = server.world.agents.register(type=JobType.JT_PARTICIPANT)
    publishers = server.world.agents.register("bot", type=JobType.JT_PUBLISHER)
    ann = server.join("ann", "demo")
    server.join("bob", "demo", active=False)
    ann.publish("mic")
    assert [job.info.participant.identity for job in each.jobs if job.info.participant] == ["ann"]
    server.get(DISPATCH, {"room": "demo", "agent_name": "bot"})
    ann.publish("cam")
    assert len(publishers.jobs) == 1
    assert listed(server)[-1]["participant"]["identity"] == "ann"


def test_a_full_room_fails_the_job(server: ServiceServer) -> None:
    """The agent cannot join; the job says so."""
    server.call("CreateRoom", {"name": "demo", "max_participants": 1})
    server.join("ann", "demo")
    server.world.agents.register("bot")
    server.get(DISPATCH, {"room": "demo", "agent_name": "bot"})
    job = only_job(server)
    assert job.state.status == JobStatus.JS_FAILED
    assert "cannot join" in job.state.error


def test_deployments_and_permissions(server: ServiceServer) -> None:
    """A worker of a deployment serves that one alone; permissions reach the agent's grants."""
    server.world.agents.register("bot")
    staging = server.world.agents.register(
        "bot", deployment="staging", permissions={"hidden": True, "canPublish": False}
    )
    server.get(DISPATCH, {"room": "demo", "agent_name": "bot", "deployment": "staging"})
    job = only_job(server)
    assert job.worker is staging
    assert job.participant is not None
    assert job.participant.permission.hidden
    assert not job.participant.permission.can_publish


def test_a_self_hosted_server_sends_no_webhooks_of_jobs() -> None:
    """Workers are as on the Cloud there, but their events are LiveKit Cloud's alone."""
    server = ServiceServer("self-hosted")
    server.world.agents.register()
    server.call("CreateRoom", {"name": "demo"})
    only_job(server).succeed()
    assert job_events(server) == []
    assert listed(server)[0]["state"]["status"] == "JS_SUCCESS"
