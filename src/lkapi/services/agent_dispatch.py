"""Sending agents into rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from lkapi.methods import agent_dispatch as rows
from lkapi.protocol.agent_dispatch import (
    CreateAgentDispatchRequest,
    DeleteAgentDispatchRequest,
    ListAgentDispatchRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import require_text
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.agent_dispatch import (
        AgentDispatch,
        CreateAgentDispatchRequestFields,
        ListAgentDispatchResponse,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds

__all__ = ["AgentDispatchService"]


class AgentDispatchService(Service):
    """Sends agents into rooms. ``api.agent_dispatch``."""

    @shows_fields_of(CreateAgentDispatchRequest)
    async def create_dispatch(
        self,
        request: CreateAgentDispatchRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateAgentDispatchRequestFields],
    ) -> AgentDispatch:
        """Send an agent into a room; the room is created if it does not exist.

        Two calls send two agents, so it is not retried if the server may have acted, except on
        LiveKit Cloud. Needs the grant ``roomAdmin`` for the room.

        Raises:
            InvalidArgumentError: metadata or deployment is too long.
            CredentialsError: the grant is missing, or is for another room.
        """
        return await self._call(rows.CREATE_DISPATCH, request, fields, timeout)

    @overload
    async def delete_dispatch(
        self,
        dispatch_id: str,
        room_name: str,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
    ) -> AgentDispatch: ...

    @overload
    async def delete_dispatch(
        self,
        dispatch_id: str,
        room_name: str,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
    ) -> AgentDispatch | None: ...

    async def delete_dispatch(
        self,
        dispatch_id: str,
        room_name: str,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
    ) -> AgentDispatch | None:
        """Delete a dispatch; its agent leaves the room.

        Needs the grant ``roomAdmin`` for the room.

        Args:
            dispatch_id: ``id`` of the dispatch.
            room_name: the room that it is in.
            missing_ok: return None if the room has no such dispatch.
            timeout: seconds in total.

        Raises:
            NotFoundError: the room has no such dispatch.
            UnavailableError: the room does not exist (self-hosted, after 3 s).
        """
        request = DeleteAgentDispatchRequest(dispatch_id=dispatch_id, room=room_name)
        return await self._call_unless_missing(
            rows.DELETE_DISPATCH, request, {}, timeout, missing_ok=missing_ok
        )

    async def list_dispatch(
        self, room_name: str, *, timeout: Seconds | None = None
    ) -> list[AgentDispatch]:
        """List the dispatches of a room, in no particular order.

        A room created without agents has one with an empty ``agent_name``: the automatic dispatch.
        Needs the grant ``roomAdmin`` for the room.

        Raises:
            UnavailableError: the room does not exist (self-hosted, after 3 s).
        """
        request = ListAgentDispatchRequest(room=room_name)
        found = await self._call(rows.LIST_DISPATCH, request, {}, timeout)
        return list(found.agent_dispatches)

    def iter_dispatch(
        self, room_name: str, *, timeout: Seconds | None = None
    ) -> AsyncPager[AgentDispatch]:
        """Iterate over the dispatches of a room; the server returns them all at once.

        One request. Needs the grant ``roomAdmin`` for the room.

        Raises:
            UnavailableError: the room does not exist (self-hosted, after 3 s).
        """
        first = ListAgentDispatchRequest(room=room_name)
        return self._token_pages(rows.LIST_DISPATCH, first, {}, timeout, _dispatches)

    async def get_dispatch(
        self, dispatch_id: str, room_name: str, *, timeout: Seconds | None = None
    ) -> AgentDispatch | None:
        """Get one dispatch, or None if the room has none with that id.

        Needs the grant ``roomAdmin`` for the room.

        Raises:
            UnavailableError: the room does not exist (self-hosted, after 3 s).
        """
        request = ListAgentDispatchRequest(
            dispatch_id=require_text(dispatch_id, "dispatch_id"), room=room_name
        )
        found = (await self._call(rows.LIST_DISPATCH, request, {}, timeout)).agent_dispatches
        return found[0] if found else None


def _dispatches(response: ListAgentDispatchResponse) -> list[AgentDispatch]:
    return response.agent_dispatches
