"""Simulated agent workers and their jobs, for use in tests.

They follow LiveKit's agent protocol: a worker registers, is offered a job, accepts or rejects it,
is assigned the job, and reports its result.
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
"""Decides whether a worker accepts the job that it is offered."""


class JobHost(Protocol):
    """The side of the server that workers and jobs act on."""

    def end_job(self, job: SimulatedJob, status: JobStatus, error: str) -> None:
        """Note that a job has ended."""
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
        """The state of the job."""
        return self.info.state or JobState()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.state.status == JobStatus.JS_RUNNING

    def succeed(self) -> None:
        """The worker reports success, and its agent leaves; an ended job does not change."""
        self.host.end_job(self, JobStatus.JS_SUCCESS, "")

    def fail(self, error: str) -> None:
        """The worker reports a failure, and its agent leaves; an ended job does not change."""
        self.host.end_job(self, JobStatus.JS_FAILED, error)


@attrs.define(eq=False, kw_only=True)
class SimulatedWorker:
    """A worker that has registered."""

    host: JobHost = attrs.field(repr=False)
    worker_id: str
    agent_name: str
    """The dispatches it serves: those with this name; if it is empty, those without a name."""
    type: JobType
    """What gets a job: each room, each publisher, or each participant."""
    deployment: str = ""
    accepts: Accepts = attrs.field(repr=False)
    permissions: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """Flags of its agents' video grants, ``{"hidden": True}`` for example."""
    status: WorkerStatus = WorkerStatus.WS_AVAILABLE
    """Set it to WS_FULL to get no more offers."""
    offers: list[Job] = attrs.field(factory=list[Job], repr=False)
    """The jobs that it was offered, oldest first, accepted or not."""
    jobs: list[SimulatedJob] = attrs.field(factory=list[SimulatedJob], repr=False)
    """The jobs that it accepted, oldest first."""

    @property
    def running(self) -> list[SimulatedJob]:
        """The jobs that have not ended."""
        return [job for job in self.jobs if job.running]

    def close(self) -> None:
        """Disconnect: it gets no further offers; its running jobs continue."""
        self.host.unregister(self)
