"""Agent workers of the simulated world: who takes jobs, and how the jobs end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.inputs import Input
from lkapi.console.stage.action import WorldAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.console.actions.action import Form
    from lkapi.console.console import Stage

__all__ = ["AGENTS"]

_WORKER: Final = Input(name="worker_id", label="Worker", kind="text", required=True, fixed=True)
_JOB: Final = Input(name="job_id", label="Job", kind="text", required=True, fixed=True)
_TYPES: Final = (
    ("room", "each room"), ("publisher", "each publisher"), ("participant", "each participant"),
)  # fmt: skip
_ANSWERS: Final = (
    ("accepts", "accepts jobs"), ("rejects", "rejects jobs"), ("full", "is full: gets no offers"),
)  # fmt: skip


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _choice(form: Form, name: str, choices: tuple[tuple[str, str], ...]) -> str:
    chosen = form.get(name) or choices[0][0]
    if chosen not in dict(choices):
        raise ValueError(f"{name}: there is no {chosen!r}")
    return chosen


def _register(stage: Stage, form: Form) -> str:
    kind = _choice(form, "type", _TYPES)
    worker = stage.server.world.agents.register(
        form.get("agent_name", ""),
        type=lkapi.JobType[f"JT_{kind.upper()}"],
        deployment=form.get("deployment", ""),
    )
    _answer_with(worker, _choice(form, "answer", _ANSWERS))
    return f"{worker.worker_id} is registered. It gets jobs that are dispatched from now on."


def _register_python(form: Form) -> str:
    kind = _choice(form, "type", _TYPES)
    answer = _choice(form, "answer", _ANSWERS)
    words = [_quote(form.get("agent_name", ""))]
    words += [f"type=lkapi.JobType.JT_{kind.upper()}"] if kind != "room" else []
    words += [f"deployment={_quote(form['deployment'])}"] if form.get("deployment") else []
    words += ["accepts=False"] if answer == "rejects" else []
    full = "\nworker.status = lkapi.WorkerStatus.WS_FULL" if answer == "full" else ""
    return f"import lkapi\n\nworker = world.agents.register({', '.join(words)}){full}"


def _answer_with(worker: Any, answer: str) -> None:
    """Set how a worker responds to offers."""
    full = answer == "full"
    worker.status = lkapi.WorkerStatus.WS_FULL if full else lkapi.WorkerStatus.WS_AVAILABLE
    if not full:
        worker.accepts = _accept if answer == "accepts" else _reject


def _accept(_: lkapi.Job) -> bool:
    return True


def _reject(_: lkapi.Job) -> bool:
    return False


def _find_worker(stage: Stage, form: Form) -> Any:
    wanted = form["worker_id"]
    return {one.worker_id: one for one in stage.server.world.agents.all()}[wanted]


def _find_job(stage: Stage, form: Form) -> Any:
    return {job.info.id: job for job in stage.server.world.agents.jobs()}[form["job_id"]]


def _set_answer(stage: Stage, form: Form) -> str:
    answer = _choice(form, "answer", _ANSWERS)
    _answer_with(_find_worker(stage, form), answer)
    return f"{form['worker_id']} {dict(_ANSWERS)[answer]}."


def _worker_python(form: Form) -> str:
    wanted = _quote(form["worker_id"])
    return f"worker = next(one for one in world.agents.all() if one.worker_id == {wanted})\n"


def _answer_python(form: Form) -> str:
    answer = _choice(form, "answer", _ANSWERS)
    if answer == "full":
        return f"import lkapi\n\n{_worker_python(form)}worker.status = lkapi.WorkerStatus.WS_FULL"
    return (
        f"import lkapi\n\n{_worker_python(form)}"
        "worker.status = lkapi.WorkerStatus.WS_AVAILABLE\n"
        f"worker.accepts = lambda job: {answer == 'accepts'}"
    )


def _close(stage: Stage, form: Form) -> str:
    _find_worker(stage, form).close()
    return f"{form['worker_id']} was disconnected; its jobs continue."


def _close_python(form: Form) -> str:
    return f"{_worker_python(form)}worker.close()"


def _succeed(stage: Stage, form: Form) -> str:
    _find_job(stage, form).succeed()
    return f"{form['job_id']} has succeeded; its agent has left."


def _fail(stage: Stage, form: Form) -> str:
    _find_job(stage, form).fail(form["error"])
    return f"{form['job_id']} has failed; its agent has left."


def _job_python(end: Callable[[Form], str]) -> Callable[[Form], str]:
    def python(form: Form) -> str:
        wanted = _quote(form["job_id"])
        found = f"job = next(one for one in world.agents.jobs() if one.info.id == {wanted})\n"
        return f"{found}job.{end(form)}"

    return python


_ANSWER: Final = Input(name="answer", label="It", kind="choice", value="accepts", choices=_ANSWERS)

AGENTS: Final = (
    WorldAction(
        name="world.worker.register",
        title="Register a worker",
        about="As an agent program does when it starts. Earlier dispatches are not offered to it.",
        form=(
            Input(
                name="agent_name", label="Agent name", kind="text",
                help="Empty: it is sent into every room.",
            ),
            Input(
                name="type", label="Takes a job for", kind="choice", value="room", choices=_TYPES
            ),
            _ANSWER,
            Input(name="deployment", label="Deployment", kind="text"),
        ),
        do=_register,
        python=_register_python,
        button="Register",
    ),
    WorldAction(
        name="world.worker.answer",
        title="How the worker answers",
        about="Applies to jobs offered from now on.",
        form=(_WORKER, _ANSWER),
        do=_set_answer,
        python=_answer_python,
        button="Set",
    ),
    WorldAction(
        name="world.worker.close",
        title="Disconnect the worker",
        form=(_WORKER,),
        do=_close,
        python=_close_python,
        button="Disconnect",
    ),
    WorldAction(
        name="world.job.succeed",
        title="Let the job succeed",
        form=(_JOB,),
        do=_succeed,
        python=_job_python(lambda _: "succeed()"),
        button="Succeed",
    ),
    WorldAction(
        name="world.job.fail",
        title="Let the job fail",
        form=(
            _JOB,
            Input(name="error", label="Error", kind="text", value="it broke down", required=True),
        ),
        do=_fail,
        python=_job_python(lambda form: f"fail({_quote(form['error'])})"),
        button="Fail",
    ),
)  # fmt: skip
"""What agent programs do."""
