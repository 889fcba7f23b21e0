"""Simulated agent workers and their jobs, as a test holds them.

After LiveKit's agent protocol: a worker registers, is asked whether it is available for a job,
accepts or rejects, is assigned the job, and reports how it went.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from lkapi.protocol.agent import Job, JobState, JobStatus, JobType, WorkerStatus

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant

__all__ = ["Accepts", "JobHost", "SimulatedJob", "SimulatedWorker"]

Accepts = Callable[[Job], bool]
"""Says whether a worker takes the job that it is offered."""


class JobHost(Protocol):
    """The side of the server that workers and jobs act on."""

    def end_job(self, job: SimulatedJob, status: JobStatus, error: str) -> None:
        """Note that a job is over."""
        ...

    def unregister(self, worker: SimulatedWorker) -> None:
        """Offer a worker no more jobs."""
        ...


@attrs.define(eq=False, kw_only=True)
class SimulatedJob:
    """A job that a worker has accepted."""

    host: JobHost = attrs.field(repr=False)
    worker: SimulatedWorker = attrs.field(repr=False)
    info: Job
    """The server's own record, which ListDispatch and webhooks show."""
    participant: SimulatedParticipant | None = attrs.field(default=None, repr=False)
    """The agent in the room."""

    @property
    def state(self) -> JobState:
        """How far the job is."""
        return self.info.state or JobState()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.state.status == JobStatus.JS_RUNNING

    def succeed(self) -> None:
        """The worker reports success, and its agent leaves; a job that is over stays as it is."""
        self.host.end_job(self, JobStatus.JS_SUCCESS, "")

    def fail(self, error: str) -> None:
        """The worker reports a failure, and its agent leaves; a job that is over stays as it is."""
        self.host.end_job(self, JobStatus.JS_FAILED, error)


@attrs.define(eq=False, kw_only=True)
class SimulatedWorker:
    """A worker that has registered."""

    host: JobHost = attrs.field(repr=False)
    worker_id: str
    agent_name: str
    """The dispatches it serves: those of this name, and with an empty one those without a name."""
    type: JobType
    """What it is offered a job for: each room, each publisher, or each participant."""
    deployment: str = ""
    accepts: Accepts = attrs.field(repr=False)
    permissions: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """Flags of its agents' video grants, ``{"hidden": True}`` for example."""
    status: WorkerStatus = WorkerStatus.WS_AVAILABLE
    """Set WS_FULL, and it is offered nothing."""
    offers: list[Job] = attrs.field(factory=list[Job], repr=False)
    """The jobs that it was offered, oldest first, whether or not it took them."""
    jobs: list[SimulatedJob] = attrs.field(factory=list[SimulatedJob], repr=False)
    """The jobs that it took, oldest first."""

    @property
    def running(self) -> list[SimulatedJob]:
        """The jobs that have not ended."""
        return [job for job in self.jobs if job.running]

    def close(self) -> None:
        """Disconnect: no further job is offered; those that run go on."""
        self.host.unregister(self)
