"""The rows of the AgentDispatchService: sending agents into rooms."""

from __future__ import annotations

from typing import Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.agent_dispatch import (
    AgentDispatch,
    CreateAgentDispatchRequest,
    DeleteAgentDispatchRequest,
    ListAgentDispatchRequest,
    ListAgentDispatchResponse,
)


def _room_admin(
    request: CreateAgentDispatchRequest | DeleteAgentDispatchRequest | ListAgentDispatchRequest,
) -> Needs:
    return Needs.of(video={"roomAdmin": True, "room": request.room})


CREATE_DISPATCH: Final = MethodInfo(
    service="AgentDispatchService",
    name="CreateDispatch",
    request=CreateAgentDispatchRequest,
    response=AgentDispatch,
    needs=_room_admin,
    idempotency=Idempotency.KEYED,
    old_keyword="req",
)
DELETE_DISPATCH: Final = MethodInfo(
    service="AgentDispatchService",
    name="DeleteDispatch",
    request=DeleteAgentDispatchRequest,
    response=AgentDispatch,
    needs=_room_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
)
LIST_DISPATCH: Final = MethodInfo(
    service="AgentDispatchService",
    name="ListDispatch",
    request=ListAgentDispatchRequest,
    response=ListAgentDispatchResponse,
    needs=_room_admin,
    idempotency=Idempotency.SAFE,
)
