"""Test runs of agents on LiveKit Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.methods import agent_simulation as rows
from lkapi.protocol.agent_simulation import Scenario, SimulationRun
from lkapi.services._base import Service
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds

__all__ = ["AgentSimulationService"]


class AgentSimulationService(Service):
    """Tests agents against simulated users; LiveKit Cloud only. ``api.agent_simulation``.

    It talks to ``https://cloud-api.livekit.io``; every request names its ``project_id`` (``p_…``).
    """

    @shows_fields_of(SimulationRun.Create.Request)
    async def create_simulation_run(
        self,
        request: SimulationRun.Create.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.Create.RequestFields],
    ) -> SimulationRun.Create.Response:
        """Start test runs of an agent; the response says where to upload its source.

        Two calls start two sets of runs. Needs the grant ``agent.simulationAdmin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.CREATE_SIMULATION_RUN, request, fields, timeout)

    @shows_fields_of(SimulationRun.ConfirmSourceUpload.Request)
    async def confirm_simulation_source_upload(
        self,
        request: SimulationRun.ConfirmSourceUpload.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.ConfirmSourceUpload.RequestFields],
    ) -> SimulationRun.ConfirmSourceUpload.Response:
        """Confirm that the source is uploaded; the runs begin.

        Needs the grant ``agent.simulationAdmin``.

        Raises:
            NotFoundError: no such runs.
        """
        return await self._call(rows.CONFIRM_SIMULATION_SOURCE_UPLOAD, request, fields, timeout)

    @shows_fields_of(SimulationRun.Get.Request)
    async def get_simulation_run(
        self,
        request: SimulationRun.Get.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.Get.RequestFields],
    ) -> SimulationRun.Get.Response:
        """Get a set of test runs and its results.

        Needs the grant ``agent.simulationAdmin``.

        Raises:
            NotFoundError: no such runs.
        """
        return await self._call(rows.GET_SIMULATION_RUN, request, fields, timeout)

    @shows_fields_of(SimulationRun.List.Request)
    async def list_simulation_runs(
        self,
        request: SimulationRun.List.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.List.RequestFields],
    ) -> SimulationRun.List.Response:
        """List sets of test runs, one page. ``iter_simulation_runs`` iterates over all pages.

        Needs the grant ``agent.simulationAdmin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.LIST_SIMULATION_RUNS, request, fields, timeout)

    @shows_fields_of(SimulationRun.List.Request)
    def iter_simulation_runs(
        self,
        request: SimulationRun.List.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.List.RequestFields],
    ) -> AsyncPager[SimulationRun]:
        """Iterate over all sets of test runs, page by page.

        One request per page; ``timeout`` applies to each. Needs the grant
        ``agent.simulationAdmin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return self._token_pages(rows.LIST_SIMULATION_RUNS, request, fields, timeout, _runs)

    @shows_fields_of(SimulationRun.Counts.Request)
    async def count_simulation_runs(
        self,
        request: SimulationRun.Counts.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.Counts.RequestFields],
    ) -> SimulationRun.Counts.Response:
        """Count sets of test runs over time.

        Needs the grant ``agent.simulationAdmin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.COUNT_SIMULATION_RUNS, request, fields, timeout)

    @shows_fields_of(SimulationRun.Cancel.Request)
    async def cancel_simulation_run(
        self,
        request: SimulationRun.Cancel.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SimulationRun.Cancel.RequestFields],
    ) -> SimulationRun.Cancel.Response:
        """Cancel a set of test runs.

        Needs the grant ``agent.simulationAdmin``.

        Raises:
            NotFoundError: no such runs.
        """
        return await self._call(rows.CANCEL_SIMULATION_RUN, request, fields, timeout)

    @shows_fields_of(Scenario.CreateFromSession.Request)
    async def create_scenario_from_session(
        self,
        request: Scenario.CreateFromSession.Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[Scenario.CreateFromSession.RequestFields],
    ) -> Scenario.CreateFromSession.Response:
        """Create a test scenario from a recorded session.

        Needs the grant ``agent.simulationAdmin``. Two calls create two scenarios.

        Raises:
            NotFoundError: no such session.
        """
        return await self._call(rows.CREATE_SCENARIO_FROM_SESSION, request, fields, timeout)


def _runs(response: SimulationRun.List.Response) -> list[SimulationRun]:
    return response.runs
