"""Agent jobs in a snapshot.

Workers are connections, and a Python function decides what they accept: after a restart they must
register again. Their jobs continue, with a worker that gets no more offers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.devserver.agents.jobs import SimulatedJob, SimulatedWorker
from lkapi.devserver.snapshots.values import write_message
from lkapi.protocol.agent import Job, JobType

if TYPE_CHECKING:
    from lkapi.devserver.agents.jobs import JobHost
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["load_job", "save_job"]


def save_job(job: SimulatedJob, people: People) -> dict[str, Any]:
    """One job as part of a snapshot."""
    worker = job.worker
    return {
        "info": write_message(job.info),
        "participant": people.refer(job.participant),
        "worker": {
            "worker_id": worker.worker_id,
            "agent_name": worker.agent_name,
            "type": int(worker.type),
            "deployment": worker.deployment,
        },
    }


def load_job(
    saved: Saved, people: People, host: JobHost, workers: dict[str, SimulatedWorker]
) -> SimulatedJob:
    """Read what ``save_job`` wrote; jobs of one worker share it.

    Raises:
        SnapshotError: naming what cannot be read.
    """
    info = saved.at("info").message(Job)
    participant = people.find_if_any(saved.at("participant"))
    worker = _load_worker(saved.at("worker"), host, workers)
    job = SimulatedJob(host=host, worker=worker, info=info, participant=participant)
    worker.jobs.append(job)
    return job


def _load_worker(
    saved: Saved, host: JobHost, workers: dict[str, SimulatedWorker]
) -> SimulatedWorker:
    worker = SimulatedWorker(
        host=host,
        worker_id=saved.at("worker_id").text(),
        agent_name=saved.at("agent_name").text(),
        type=load_type(saved.at("type")),
        deployment=saved.at("deployment").text(),
        accepts=lambda _: False,
    )
    return workers.setdefault(worker.worker_id, worker)


def load_type(saved: Saved) -> JobType:
    """The kind of a job.

    Raises:
        SnapshotError: the number is not a kind of job.
    """
    try:
        return JobType(saved.integer())
    except ValueError:
        raise saved.error("is not a kind of job") from None
