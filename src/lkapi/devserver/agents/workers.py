"""The agent workers of a world: which dispatch becomes a job of which worker, and how the job ends.

The rules are those of LiveKit's open server: a job is offered when a dispatch is made, or when
somebody joins or publishes; a worker that registers later gets no earlier jobs. That server sends
no ``agent_job_*`` webhooks; LiveKit Cloud does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.agents.jobs import Accepts, SimulatedJob, SimulatedWorker
from lkapi.devserver.agents.saved_jobs import load_job, load_type, save_job
from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.errors import APIError
from lkapi.protocol.agent import Job, JobState, JobStatus, JobType, WorkerStatus
from lkapi.protocol.models import DisconnectReason, Room
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lkapi.devserver.events.log import EventLog
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.agent_dispatch import AgentDispatch

__all__ = ["AgentWorkers"]

AGENT_NAME: Final = "lk.agent_name"
"""Attribute of an agent's participant that names the agent."""
LEFT_ROOM: Final = "agent worker left the room"
"""The error of a job whose agent left before its worker reported the end."""
_ROOM_ENDED: Final = (DisconnectReason.ROOM_DELETED, DisconnectReason.ROOM_CLOSED)


def _always(answer: bool) -> Accepts:
    """A worker with the same response to every job."""

    def decide(_: Job) -> bool:
        return answer

    return decide


class AgentWorkers:
    """The workers of a world, and every job so far."""

    def __init__(self, runtime: Runtime, events: EventLog, rooms: RoomManager) -> None:
        self._runtime = runtime
        self._events = events
        self._rooms = rooms
        self._workers: list[SimulatedWorker] = []
        self._jobs: dict[str, SimulatedJob] = {}
        self._asked: set[tuple[str, JobType, str]] = set()
        """Dispatch, kind of job and sid of each participant for whom a job was offered."""
        rooms.on_dispatched(self._launch)
        rooms.on_dispatch_deleted(self._terminate)
        events.listen(self._follow)

    def register(
        self,
        agent_name: str = "",
        *,
        type: JobType = JobType.JT_ROOM,  # noqa: A002 - the protocol's name
        deployment: str = "",
        accepts: Accepts | bool = True,
        permissions: Mapping[str, Any] | None = None,
    ) -> SimulatedWorker:
        """Connect a worker, as ``agents.cli.run_app`` does.

        Args:
            agent_name: the dispatches it serves; empty for those without a name.
            type: what gets a job: each room, each publisher or each participant.
            deployment: the worker serves the dispatches for this deployment.
            accepts: whether it accepts jobs, or a function of the job that decides.
            permissions: flags of its agents' video grants, ``{"hidden": True}`` for example.
        """
        with self._runtime.lock:
            worker = SimulatedWorker(
                host=self,
                worker_id=self._runtime.ids.make("AW_"),
                agent_name=agent_name,
                type=type,
                deployment=deployment,
                accepts=accepts if callable(accepts) else _always(accepts),
                permissions=dict(permissions or {}),
            )
            self._workers.append(worker)
            return worker

    def unregister(self, worker: SimulatedWorker) -> None:
        """Offer a worker no more jobs."""
        with self._runtime.lock:
            if worker in self._workers:
                self._workers.remove(worker)

    def all(self) -> list[SimulatedWorker]:
        """The workers that are connected, in the order in which they registered."""
        return list(self._workers)

    def jobs(self) -> list[SimulatedJob]:
        """Every job that was accepted, oldest first."""
        with self._runtime.lock:
            self._runtime.settle()
            return list(self._jobs.values())

    def end_job(self, job: SimulatedJob, status: JobStatus, error: str) -> None:
        """Note that a job has ended, and let its agent leave."""
        with self._runtime.lock:
            state = job.info.state
            if state is None or not job.running:
                return
            state.status, state.error = status, error
            state.ended_at = state.updated_at = self._now()
            self._emit("agent_job_ended", job)
            if job.participant is not None:
                job.participant.leave()

    def save(self, people: People) -> dict[str, Any]:
        """The jobs as part of a snapshot, and the participants who had one."""
        return {
            "jobs": [save_job(job, people) for job in self._jobs.values()],
            "asked": [[dispatch, int(kind), sid] for dispatch, kind, sid in sorted(self._asked)],
        }

    def load(self, saved: Saved, people: People) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place, after the rooms.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        workers: dict[str, SimulatedWorker] = {}
        jobs = [load_job(item, people, self, workers) for item in saved.at("jobs").items()]
        asked = {_load_asked(item) for item in saved.at("asked").items()}

        def put() -> None:
            self._workers = []
            self._jobs = {job.info.id: job for job in jobs}
            self._asked = asked
            self._share_records()

        return put

    def _share_records(self) -> None:
        """Make each job and its dispatch share one record again, so that both show its end."""
        for name in self._rooms.names():
            room = self._rooms.get(name)
            for dispatch in room.dispatches.values() if room is not None else ():
                for info in dispatch.state.jobs if dispatch.state is not None else ():
                    if info.id in self._jobs:
                        self._jobs[info.id].info = info

    def _launch(self, room: RoomState, dispatch: AgentDispatch) -> None:
        """Offer the jobs of a new dispatch: for the room, and for participants already in it."""
        self._offer(room, dispatch, JobType.JT_ROOM, None)
        for participant in list(room.participants.values()):
            if participant.info.is_publisher:
                self._offer(room, dispatch, JobType.JT_PUBLISHER, participant)
            if participant.active:
                self._offer(room, dispatch, JobType.JT_PARTICIPANT, participant)

    def _follow(self, event: WebhookEvent) -> None:
        if event.room is None or event.participant is None:
            return
        room, sid = self._rooms.get(event.room.name), event.participant.sid
        if event.event == "participant_left":
            self._end_job_of(sid)
        elif room is not None and event.event in ("participant_joined", "track_published"):
            joined = event.event == "participant_joined"
            kind = JobType.JT_PARTICIPANT if joined else JobType.JT_PUBLISHER
            found = room.participants.get(event.participant.identity)
            for dispatch in list(room.dispatches.values()):
                if found is not None and found.sid == sid:
                    self._offer(room, dispatch, kind, found)

    def _end_job_of(self, sid: str) -> None:
        """A job fails when its agent leaves, unless its worker reported first or the room ended."""
        for job in list(self._jobs.values()):
            agent = job.participant
            if job.running and agent is not None and agent.sid == sid and not agent.connected:
                room_ended = agent.disconnect_reason in _ROOM_ENDED
                status = JobStatus.JS_SUCCESS if room_ended else JobStatus.JS_FAILED
                self.end_job(job, status, "" if room_ended else LEFT_ROOM)

    def _terminate(self, dispatch: AgentDispatch) -> None:
        """The jobs of a dispatch that is deleted end, and their agents are removed."""
        for job in list(self._jobs.values()):
            if job.info.dispatch_id == dispatch.id:
                self.end_job(job, JobStatus.JS_SUCCESS, "")

    def _offer(
        self,
        room: RoomState,
        dispatch: AgentDispatch,
        kind: JobType,
        target: SimulatedParticipant | None,
    ) -> None:
        """Offer a job to the workers, those with the fewest jobs first, until one accepts."""
        if target is not None and not self._is_new(dispatch, kind, target):
            return
        fitting = [
            worker
            for worker in self._workers
            if worker.status == WorkerStatus.WS_AVAILABLE
            and (worker.agent_name, worker.deployment, worker.type)
            == (dispatch.agent_name, dispatch.deployment, kind)
        ]
        if not fitting:
            return
        offer = self._make_job(room, dispatch, kind, target)
        for worker in sorted(fitting, key=lambda worker: len(worker.running)):
            worker.offers.append(offer.copy())
            if worker.accepts(offer.copy()):
                self._assign(room, dispatch, worker, offer)
                return

    def _is_new(self, dispatch: AgentDispatch, kind: JobType, target: SimulatedParticipant) -> bool:
        """Whether nothing was offered for a participant yet; agents and recorders get no agent."""
        key = dispatch.id, kind, target.sid
        new = key not in self._asked and not target.dependent
        self._asked.add(key)
        return new

    def _make_job(
        self,
        room: RoomState,
        dispatch: AgentDispatch,
        kind: JobType,
        target: SimulatedParticipant | None,
    ) -> Job:
        return Job(
            id=self._runtime.ids.make("AJ_"),
            dispatch_id=dispatch.id,
            type=kind,
            room=self._rooms.show(room),
            participant=None if target is None else target.info.copy(),
            metadata=dispatch.metadata,
            agent_name=dispatch.agent_name,
            deployment=dispatch.deployment,
            attributes=dict(dispatch.attributes),
        )

    def _assign(
        self, room: RoomState, dispatch: AgentDispatch, worker: SimulatedWorker, info: Job
    ) -> None:
        now, identity = self._now(), f"agent-{info.id}"
        info.state = JobState(
            status=JobStatus.JS_RUNNING,
            started_at=now,
            updated_at=now,
            participant_identity=identity,
            worker_id=worker.worker_id,
        )
        job = SimulatedJob(host=self, worker=worker, info=info)
        self._jobs[info.id] = job
        worker.jobs.append(job)
        if dispatch.state is not None:
            dispatch.state.jobs.append(info)
        self._emit("agent_job_started", job)
        try:
            job.participant = join_as_service(
                self._rooms,
                room.name,
                identity,
                kind="agent",
                attributes={AGENT_NAME: worker.agent_name},
                flags={"agent": True, "canUpdateOwnMetadata": True, **worker.permissions},
            )
        except APIError as error:
            self.end_job(job, JobStatus.JS_FAILED, error.message)

    def _emit(self, name: str, job: SimulatedJob) -> None:
        """Log a webhook event, which only LiveKit Cloud sends; the room is only named."""
        if self._runtime.config.cloud:
            room = job.info.room or Room()
            named = Room(sid=room.sid, name=room.name)
            self._events.emit(WebhookEvent(event=name, room=named, job=job.info.copy()))

    def _now(self) -> int:
        """Unix time in nanoseconds, the unit of all job times."""
        return int(self._runtime.clock.now() * 1_000_000_000)


def _load_asked(saved: Saved) -> tuple[str, JobType, str]:
    parts = saved.items()
    if len(parts) != 3:
        raise saved.error("must be a dispatch, a kind of job and a sid")
    return parts[0].text(), load_type(parts[1]), parts[2].text()
