"""Agents that LiveKit Cloud runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from lkapi.methods import cloud_agent as rows
from lkapi.protocol.cloud_agent import (
    ClientSettingsRequest,
    CreateAgentRequest,
    CreateAgentV2Request,
    DeleteAgentRequest,
    DeployAgentRequest,
    DeployAgentV2Request,
    ListAgentSecretsRequest,
    ListAgentsRequest,
    ListAgentVersionsRequest,
    PromoteAgentRequest,
    RestartAgentRequest,
    RollbackAgentRequest,
    UpdateAgentRequest,
    UpdateAgentSecretsRequest,
)
from lkapi.rpc.hosts import agents_url
from lkapi.services._requests import shows_fields_of
from lkapi.services.private_links import PrivateLinks

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.cloud_agent import (
        ClientSettingsRequestFields,
        ClientSettingsResponse,
        CreateAgentRequestFields,
        CreateAgentResponse,
        CreateAgentV2RequestFields,
        CreateAgentV2Response,
        DeleteAgentRequestFields,
        DeleteAgentResponse,
        DeployAgentRequestFields,
        DeployAgentResponse,
        DeployAgentV2RequestFields,
        DeployAgentV2Response,
        ListAgentSecretsRequestFields,
        ListAgentSecretsResponse,
        ListAgentsRequestFields,
        ListAgentsResponse,
        ListAgentVersionsRequestFields,
        ListAgentVersionsResponse,
        PromoteAgentRequestFields,
        PromoteAgentResponse,
        RestartAgentRequestFields,
        RestartAgentResponse,
        RollbackAgentRequestFields,
        RollbackAgentResponse,
        UpdateAgentRequestFields,
        UpdateAgentResponse,
        UpdateAgentSecretsRequestFields,
        UpdateAgentSecretsResponse,
    )
    from lkapi.settings import Seconds

__all__ = ["CloudAgentService"]


class CloudAgentService(PrivateLinks):
    """Deploys agents to LiveKit Cloud and manages them. ``api.cloud_agent``.

    It uses a separate host: ``LK_AGENTS_URL``, or ``agents.`` in place of the first label of
    the project's host. Every method needs the grant ``agent.admin``.
    """

    def in_region(self, region: str) -> CloudAgentService:
        """The same service on the host of one region, ``us-east`` for example.

        No request is made. Calls need the grant ``agent.admin`` there too.

        Raises:
            SettingsError: that is not a region, or the project's host has no domain.
        """
        url = agents_url(self._channel.context.url, region=region)
        return CloudAgentService(self._channel.at(url), self._options)

    @shows_fields_of(CreateAgentRequest)
    async def create_agent(
        self,
        request: CreateAgentRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateAgentRequestFields],
    ) -> CreateAgentResponse:
        """Create an agent and get the URL for uploading its source.

        Needs the grant ``agent.admin``. Two calls create two agents.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.CREATE_AGENT, request, fields, timeout)

    @shows_fields_of(CreateAgentV2Request)
    async def create_agent_v2(
        self,
        request: CreateAgentV2Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateAgentV2RequestFields],
    ) -> CreateAgentV2Response:
        """Create an agent without a source; ``deploy_agent_v2`` adds the source.

        Needs the grant ``agent.admin``. Two calls create two agents.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.CREATE_AGENT_V2, request, fields, timeout)

    @shows_fields_of(PromoteAgentRequest)
    async def promote_agent(
        self,
        request: PromoteAgentRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[PromoteAgentRequestFields],
    ) -> PromoteAgentResponse:
        """Copy the version of one deployment to another, from staging to production for example.

        Needs the grant ``agent.admin``. Two calls promote twice.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.PROMOTE_AGENT, request, fields, timeout)

    @shows_fields_of(ListAgentsRequest)
    async def list_agents(
        self,
        request: ListAgentsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListAgentsRequestFields],
    ) -> ListAgentsResponse:
        """List the agents of the project, or the one named.

        Needs the grant ``agent.admin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.LIST_AGENTS, request, fields, timeout)

    @shows_fields_of(ListAgentVersionsRequest)
    async def list_agent_versions(
        self,
        request: ListAgentVersionsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListAgentVersionsRequestFields],
    ) -> ListAgentVersionsResponse:
        """List the versions of an agent.

        Needs the grant ``agent.admin``.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.LIST_AGENT_VERSIONS, request, fields, timeout)

    @shows_fields_of(ListAgentSecretsRequest)
    async def list_agent_secrets(
        self,
        request: ListAgentSecretsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListAgentSecretsRequestFields],
    ) -> ListAgentSecretsResponse:
        """List the names of an agent's secrets; their values are not returned.

        Needs the grant ``agent.admin``.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.LIST_AGENT_SECRETS, request, fields, timeout)

    @shows_fields_of(UpdateAgentRequest)
    async def update_agent(
        self,
        request: UpdateAgentRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateAgentRequestFields],
    ) -> UpdateAgentResponse:
        """Change regions or secrets of an agent.

        Needs the grant ``agent.admin``.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.UPDATE_AGENT, request, fields, timeout)

    @shows_fields_of(RestartAgentRequest)
    async def restart_agent(
        self,
        request: RestartAgentRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[RestartAgentRequestFields],
    ) -> RestartAgentResponse:
        """Restart an agent's workers.

        Needs the grant ``agent.admin``. Two calls restart them twice.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.RESTART_AGENT, request, fields, timeout)

    @shows_fields_of(DeployAgentRequest)
    async def deploy_agent(
        self,
        request: DeployAgentRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DeployAgentRequestFields],
    ) -> DeployAgentResponse:
        """Create a new version of an agent and get the URL for uploading its source.

        Needs the grant ``agent.admin``. Two calls create two versions.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.DEPLOY_AGENT, request, fields, timeout)

    @shows_fields_of(DeployAgentV2Request)
    async def deploy_agent_v2(
        self,
        request: DeployAgentV2Request | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DeployAgentV2RequestFields],
    ) -> DeployAgentV2Response:
        """Create a new version of an agent for a deployment, and get the URL for its source.

        Needs the grant ``agent.admin``. Two calls create two versions.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.DEPLOY_AGENT_V2, request, fields, timeout)

    @shows_fields_of(UpdateAgentSecretsRequest)
    async def update_agent_secrets(
        self,
        request: UpdateAgentSecretsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateAgentSecretsRequestFields],
    ) -> UpdateAgentSecretsResponse:
        """Set, add or remove secrets of an agent; its workers restart with them.

        Needs the grant ``agent.admin``.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.UPDATE_AGENT_SECRETS, request, fields, timeout)

    @shows_fields_of(RollbackAgentRequest)
    async def rollback_agent(
        self,
        request: RollbackAgentRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[RollbackAgentRequestFields],
    ) -> RollbackAgentResponse:
        """Roll an agent back to an earlier version.

        Needs the grant ``agent.admin``. Two calls roll it back twice.

        Raises:
            NotFoundError: no such agent.
        """
        return await self._call(rows.ROLLBACK_AGENT, request, fields, timeout)

    @overload
    async def delete_agent(
        self,
        request: DeleteAgentRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteAgentRequestFields],
    ) -> DeleteAgentResponse: ...

    @overload
    async def delete_agent(
        self,
        request: DeleteAgentRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteAgentRequestFields],
    ) -> DeleteAgentResponse | None: ...

    @shows_fields_of(DeleteAgentRequest)
    async def delete_agent(
        self,
        request: DeleteAgentRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteAgentRequestFields],
    ) -> DeleteAgentResponse | None:
        """Delete an agent, or one of its deployments.

        Needs the grant ``agent.admin``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if there is no such agent.
            timeout: seconds in total.
            fields: fields of the request.

        Raises:
            NotFoundError: there is no such agent.
        """
        return await self._call_unless_missing(
            rows.DELETE_AGENT, request, fields, timeout, missing_ok=missing_ok
        )

    @shows_fields_of(ClientSettingsRequest)
    async def get_client_settings(
        self,
        request: ClientSettingsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ClientSettingsRequestFields],
    ) -> ClientSettingsResponse:
        """Get the settings that the build service has for clients.

        Needs the grant ``agent.admin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.GET_CLIENT_SETTINGS, request, fields, timeout)
