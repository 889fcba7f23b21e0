"""The rows of the AgentSimulation service: test runs of agents against simulated users.

It runs on ``https://cloud-api.livekit.io``, see ``services/agent_simulation.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.agent_simulation import (
    Scenario,
    SimulationRun,
)

if TYPE_CHECKING:
    from lkapi.message import Message

_ADMIN = Needs.of(agent={"simulationAdmin": True})


def _admin(_: Message) -> Needs:
    return _ADMIN


CREATE_SIMULATION_RUN: Final = MethodInfo(
    service="AgentSimulation",
    name="CreateSimulationRun",
    request=SimulationRun.Create.Request,
    response=SimulationRun.Create.Response,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
CONFIRM_SIMULATION_SOURCE_UPLOAD: Final = MethodInfo(
    service="AgentSimulation",
    name="ConfirmSimulationSourceUpload",
    request=SimulationRun.ConfirmSourceUpload.Request,
    response=SimulationRun.ConfirmSourceUpload.Response,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
GET_SIMULATION_RUN: Final = MethodInfo(
    service="AgentSimulation",
    name="GetSimulationRun",
    request=SimulationRun.Get.Request,
    response=SimulationRun.Get.Response,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
LIST_SIMULATION_RUNS: Final = MethodInfo(
    service="AgentSimulation",
    name="ListSimulationRuns",
    request=SimulationRun.List.Request,
    response=SimulationRun.List.Response,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
COUNT_SIMULATION_RUNS: Final = MethodInfo(
    service="AgentSimulation",
    name="CountSimulationRuns",
    request=SimulationRun.Counts.Request,
    response=SimulationRun.Counts.Response,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
CANCEL_SIMULATION_RUN: Final = MethodInfo(
    service="AgentSimulation",
    name="CancelSimulationRun",
    request=SimulationRun.Cancel.Request,
    response=SimulationRun.Cancel.Response,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
CREATE_SCENARIO_FROM_SESSION: Final = MethodInfo(
    service="AgentSimulation",
    name="CreateScenarioFromSession",
    request=Scenario.CreateFromSession.Request,
    response=Scenario.CreateFromSession.Response,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
