"""The rows of the CloudAgent service: agents that LiveKit Cloud runs, their versions and secrets.

It runs on a host of its own, see ``services/cloud_agent.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.cloud_agent import (
    ClientSettingsRequest,
    ClientSettingsResponse,
    CreateAgentRequest,
    CreateAgentResponse,
    CreateAgentV2Request,
    CreateAgentV2Response,
    CreatePrivateLinkRequest,
    CreatePrivateLinkResponse,
    DeleteAgentRequest,
    DeleteAgentResponse,
    DeployAgentRequest,
    DeployAgentResponse,
    DeployAgentV2Request,
    DeployAgentV2Response,
    DestroyPrivateLinkRequest,
    DestroyPrivateLinkResponse,
    GetPrivateLinkStatusRequest,
    GetPrivateLinkStatusResponse,
    ListAgentSecretsRequest,
    ListAgentSecretsResponse,
    ListAgentsRequest,
    ListAgentsResponse,
    ListAgentVersionsRequest,
    ListAgentVersionsResponse,
    ListPrivateLinksRequest,
    ListPrivateLinksResponse,
    PromoteAgentRequest,
    PromoteAgentResponse,
    RestartAgentRequest,
    RestartAgentResponse,
    RollbackAgentRequest,
    RollbackAgentResponse,
    UpdateAgentRequest,
    UpdateAgentResponse,
    UpdateAgentSecretsRequest,
    UpdateAgentSecretsResponse,
)

if TYPE_CHECKING:
    from lkapi.message import Message

_ADMIN = Needs.of(agent={"admin": True})


def _admin(_: Message) -> Needs:
    return _ADMIN


CREATE_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="CreateAgent",
    request=CreateAgentRequest,
    response=CreateAgentResponse,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
CREATE_AGENT_V2: Final = MethodInfo(
    service="CloudAgent",
    name="CreateAgentV2",
    request=CreateAgentV2Request,
    response=CreateAgentV2Response,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
PROMOTE_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="PromoteAgent",
    request=PromoteAgentRequest,
    response=PromoteAgentResponse,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
LIST_AGENTS: Final = MethodInfo(
    service="CloudAgent",
    name="ListAgents",
    request=ListAgentsRequest,
    response=ListAgentsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)
LIST_AGENT_VERSIONS: Final = MethodInfo(
    service="CloudAgent",
    name="ListAgentVersions",
    request=ListAgentVersionsRequest,
    response=ListAgentVersionsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
LIST_AGENT_SECRETS: Final = MethodInfo(
    service="CloudAgent",
    name="ListAgentSecrets",
    request=ListAgentSecretsRequest,
    response=ListAgentSecretsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
UPDATE_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="UpdateAgent",
    request=UpdateAgentRequest,
    response=UpdateAgentResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
RESTART_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="RestartAgent",
    request=RestartAgentRequest,
    response=RestartAgentResponse,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
DEPLOY_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="DeployAgent",
    request=DeployAgentRequest,
    response=DeployAgentResponse,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
DEPLOY_AGENT_V2: Final = MethodInfo(
    service="CloudAgent",
    name="DeployAgentV2",
    request=DeployAgentV2Request,
    response=DeployAgentV2Response,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
UPDATE_AGENT_SECRETS: Final = MethodInfo(
    service="CloudAgent",
    name="UpdateAgentSecrets",
    request=UpdateAgentSecretsRequest,
    response=UpdateAgentSecretsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
ROLLBACK_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="RollbackAgent",
    request=RollbackAgentRequest,
    response=RollbackAgentResponse,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
DELETE_AGENT: Final = MethodInfo(
    service="CloudAgent",
    name="DeleteAgent",
    request=DeleteAgentRequest,
    response=DeleteAgentResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    deletes=True,
)
GET_CLIENT_SETTINGS: Final = MethodInfo(
    service="CloudAgent",
    name="GetClientSettings",
    request=ClientSettingsRequest,
    response=ClientSettingsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)
CREATE_PRIVATE_LINK: Final = MethodInfo(
    service="CloudAgent",
    name="CreatePrivateLink",
    request=CreatePrivateLinkRequest,
    response=CreatePrivateLinkResponse,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
)
DESTROY_PRIVATE_LINK: Final = MethodInfo(
    service="CloudAgent",
    name="DestroyPrivateLink",
    request=DestroyPrivateLinkRequest,
    response=DestroyPrivateLinkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    deletes=True,
)
LIST_PRIVATE_LINKS: Final = MethodInfo(
    service="CloudAgent",
    name="ListPrivateLinks",
    request=ListPrivateLinksRequest,
    response=ListPrivateLinksResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)
GET_PRIVATE_LINK_STATUS: Final = MethodInfo(
    service="CloudAgent",
    name="GetPrivateLinkStatus",
    request=GetPrivateLinkStatusRequest,
    response=GetPrivateLinkStatusResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
