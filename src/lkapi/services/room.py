"""Rooms, the participants in them, data and RPC: the methods of RoomService.

Each method takes a request object or its fields as keywords, and ``timeout``: seconds in total,
retries included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from lkapi.errors import NotFoundError
from lkapi.methods import room as rows
from lkapi.protocol.models import ParticipantPermission
from lkapi.protocol.room import (
    CreateRoomRequest,
    DeleteRoomRequest,
    ForwardParticipantRequest,
    ListParticipantsRequest,
    ListRoomsRequest,
    MoveParticipantRequest,
    MuteRoomTrackRequest,
    PerformRpcRequest,
    RoomParticipantIdentity,
    SendDataRequest,
    UpdateParticipantRequest,
    UpdateRoomMetadataRequest,
    UpdateSubscriptionsRequest,
)
from lkapi.services._base import Service
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from typing_extensions import Unpack

    from lkapi.protocol.models import ParticipantInfo, ParticipantPermissionFields, Room
    from lkapi.protocol.room import (
        CreateRoomRequestFields,
        DeleteRoomRequestFields,
        DeleteRoomResponse,
        ForwardParticipantRequestFields,
        ForwardParticipantResponse,
        ListParticipantsRequestFields,
        ListParticipantsResponse,
        ListRoomsRequestFields,
        ListRoomsResponse,
        MoveParticipantRequestFields,
        MoveParticipantResponse,
        MuteRoomTrackRequestFields,
        MuteRoomTrackResponse,
        PerformRpcRequestFields,
        PerformRpcResponse,
        RemoveParticipantResponse,
        RoomParticipantIdentityFields,
        SendDataRequestFields,
        SendDataResponse,
        UpdateParticipantRequestFields,
        UpdateRoomMetadataRequestFields,
        UpdateSubscriptionsRequestFields,
        UpdateSubscriptionsResponse,
    )
    from lkapi.rpc.concurrency import AsyncItems
    from lkapi.settings import Seconds

__all__ = ["RoomService"]


class RoomService(Service):
    """Rooms and who is in them; ``api.room`` of a client."""

    @shows_fields_of(CreateRoomRequest)
    async def create_room(
        self,
        request: CreateRoomRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateRoomRequestFields],
    ) -> Room:
        """Create a room, or return the existing one with that name.

        An existing room is returned unchanged: its settings are not replaced by those given here.
        With ``egress`` it may take more than 10 s, so its default timeout is 30 s. Needs the grant
        ``roomCreate``.

        Raises:
            InvalidArgumentError: name (256 bytes) or metadata (512 KiB) is too long.
        """
        return await self._call(rows.CREATE_ROOM, request, fields, timeout)

    @shows_fields_of(ListRoomsRequest)
    async def list_rooms(
        self,
        request: ListRoomsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListRoomsRequestFields],
    ) -> ListRoomsResponse:
        """List all rooms, or those of the given names that exist.

        Unknown names are left out without an error; without names the order is not fixed. Needs the
        grant ``roomList``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return await self._call(rows.LIST_ROOMS, request, fields, timeout)

    async def iter_rooms(
        self, *, names: Iterable[str] = (), timeout: Seconds | None = None
    ) -> AsyncItems[Room]:
        """Iterate over all rooms, or over those of the given names that exist.

        One request. Needs the grant ``roomList``.

        Raises:
            CredentialsError: the grant is missing.
        """
        for room in (await self.list_rooms(names=list(names), timeout=timeout)).rooms:
            yield room

    async def get_room(self, name: str, *, timeout: Seconds | None = None) -> Room:
        """Look up one room by its name.

        One request. Needs the grant ``roomList``.

        Raises:
            NotFoundError: there is no such room.
        """
        for room in (await self.list_rooms(names=[name], timeout=timeout)).rooms:
            if room.name == name:
                return room
        raise NotFoundError(
            "not_found", f"there is no room named {name!r}", method=str(rows.LIST_ROOMS)
        )

    @overload
    async def delete_room(
        self,
        request: DeleteRoomRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteRoomRequestFields],
    ) -> DeleteRoomResponse: ...

    @overload
    async def delete_room(
        self,
        request: DeleteRoomRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteRoomRequestFields],
    ) -> DeleteRoomResponse | None: ...

    @shows_fields_of(DeleteRoomRequest)
    async def delete_room(
        self,
        request: DeleteRoomRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteRoomRequestFields],
    ) -> DeleteRoomResponse | None:
        """End a room and disconnect everyone in it.

        Needs the grant ``roomCreate``, not ``roomAdmin``.

        Raises:
            NotFoundError: there is no such room; with ``missing_ok`` it returns None.
        """
        return await self._call_unless_missing(
            rows.DELETE_ROOM, request, fields, timeout, missing_ok=missing_ok
        )

    @shows_fields_of(UpdateRoomMetadataRequest)
    async def update_room_metadata(
        self,
        request: UpdateRoomMetadataRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateRoomMetadataRequestFields],
    ) -> Room:
        """Replace a room's metadata (512 KiB at most); everyone in the room is notified.

        Needs the grant ``roomAdmin`` for the room.

        Raises:
            NotFoundError: there is no such room.
            InvalidArgumentError: the metadata is too large.
        """
        return await self._call(rows.UPDATE_ROOM_METADATA, request, fields, timeout)

    @shows_fields_of(ListParticipantsRequest)
    async def list_participants(
        self,
        request: ListParticipantsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListParticipantsRequestFields],
    ) -> ListParticipantsResponse:
        """List who is in a room, hidden participants included.

        A room that does not exist gives an empty list (self-hosted). Needs the grant ``roomAdmin``
        for the room.

        Raises:
            CredentialsError: the grant is missing, or is for another room.
        """
        return await self._call(rows.LIST_PARTICIPANTS, request, fields, timeout)

    async def iter_participants(
        self, *, room: str, timeout: Seconds | None = None
    ) -> AsyncItems[ParticipantInfo]:
        """Iterate over the participants of a room.

        One request. Needs the grant ``roomAdmin`` for the room.

        Raises:
            CredentialsError: the grant is missing, or is for another room.
        """
        for participant in (await self.list_participants(room=room, timeout=timeout)).participants:
            yield participant

    @shows_fields_of(RoomParticipantIdentity)
    async def get_participant(
        self,
        request: RoomParticipantIdentity | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[RoomParticipantIdentityFields],
    ) -> ParticipantInfo:
        """Look up one participant with the tracks they publish.

        Needs the grant ``roomAdmin`` for the room.

        Raises:
            NotFoundError: there is no such room, or no participant with that identity in it.
        """
        return await self._call(rows.GET_PARTICIPANT, request, fields, timeout)

    @overload
    async def remove_participant(
        self,
        request: RoomParticipantIdentity | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[RoomParticipantIdentityFields],
    ) -> RemoveParticipantResponse: ...

    @overload
    async def remove_participant(
        self,
        request: RoomParticipantIdentity | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[RoomParticipantIdentityFields],
    ) -> RemoveParticipantResponse | None: ...

    @shows_fields_of(RoomParticipantIdentity)
    async def remove_participant(
        self,
        request: RoomParticipantIdentity | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[RoomParticipantIdentityFields],
    ) -> RemoveParticipantResponse | None:
        """Disconnect a participant.

        Their token stays valid (``revoke_token_ts`` has no effect on a self-hosted server), so they
        may come back. Needs the grant ``roomAdmin`` for the room.

        Raises:
            NotFoundError: there is no such participant in the room; with ``missing_ok`` it returns
                None.
        """
        return await self._call_unless_missing(
            rows.REMOVE_PARTICIPANT, request, fields, timeout, missing_ok=missing_ok
        )

    @shows_fields_of(MuteRoomTrackRequest)
    async def mute_published_track(
        self,
        request: MuteRoomTrackRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[MuteRoomTrackRequestFields],
    ) -> MuteRoomTrackResponse:
        """Mute or unmute a track that a participant publishes.

        If the track is unknown, the response contains no track. Needs the grant ``roomAdmin`` for
        the room.

        Raises:
            FailedPreconditionError: remote unmuting is disabled, which is the server's default.
            UnavailableError: (self-hosted, after 3 s) there is no such participant.
        """
        return await self._call(rows.MUTE_PUBLISHED_TRACK, request, fields, timeout)

    @shows_fields_of(UpdateParticipantRequest)
    async def update_participant(
        self,
        request: UpdateParticipantRequest | None = None,
        /,
        *,
        permission_changes: ParticipantPermissionFields | None = None,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateParticipantRequestFields],
    ) -> ParticipantInfo:
        """Change a participant's name, metadata, attributes or permissions.

        An empty name or metadata changes nothing; an attribute with an empty value is deleted.
        ``permission`` replaces all permissions: what it does not grant is taken away. To change
        only some, use ``permission_changes``. That takes two requests (``timeout`` applies to
        each), since the current permissions are read first, and a change that somebody else makes
        in between is lost. Needs the grant ``roomAdmin`` for the room.

        Raises:
            NotFoundError: there is no such room, or no participant with that identity in it.
            InvalidArgumentError: name, metadata or attributes are too large.
        """
        if permission_changes is None:
            return await self._call(rows.UPDATE_PARTICIPANT, request, fields, timeout)
        update = self._request(rows.UPDATE_PARTICIPANT, request, fields)
        if update.permission is not None:
            raise TypeError(
                "give permission, which replaces all permissions, or permission_changes, not both"
            )
        found = await self.get_participant(
            room=update.room, identity=update.identity, timeout=timeout
        )
        before = found.permission or ParticipantPermission()
        changed = update.copy(permission=before.copy(**permission_changes))
        return await self._call(rows.UPDATE_PARTICIPANT, changed, {}, timeout)

    @shows_fields_of(UpdateSubscriptionsRequest)
    async def update_subscriptions(
        self,
        request: UpdateSubscriptionsRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateSubscriptionsRequestFields],
    ) -> UpdateSubscriptionsResponse:
        """Subscribe a participant to tracks, or unsubscribe them.

        Unknown tracks are ignored. Needs the grant ``roomAdmin`` for the room.

        Raises:
            UnavailableError: (self-hosted, after 3 s) there is no such participant.
        """
        return await self._call(rows.UPDATE_SUBSCRIPTIONS, request, fields, timeout)

    @shows_fields_of(SendDataRequest)
    async def send_data(
        self,
        request: SendDataRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SendDataRequestFields],
    ) -> SendDataResponse:
        """Send data to everyone in a room, or to ``destination_identities``.

        It carries a nonce (generated unless you set one), so a retry does not deliver the data
        twice. Success does not mean that somebody received it. Needs the grant ``roomAdmin`` for
        the room.

        Raises:
            UnavailableError: (self-hosted, after 3 s) there is no such room.
        """
        return await self._call(rows.SEND_DATA, request, fields, timeout)

    @shows_fields_of(ForwardParticipantRequest)
    async def forward_participant(
        self,
        request: ForwardParticipantRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ForwardParticipantRequestFields],
    ) -> ForwardParticipantResponse:
        """Show a participant and their tracks in a second room as well (LiveKit Cloud only).

        Not retried if the server may have acted, except on LiveKit Cloud. Needs the grants
        ``roomAdmin`` for the room and ``destinationRoom``.

        Raises:
            InvalidArgumentError: both rooms are the same.
            UnknownError: the server is not LiveKit Cloud.
            UnavailableError: the server is not LiveKit Cloud and there is no such participant
                (after 3 s).
        """
        return await self._call(rows.FORWARD_PARTICIPANT, request, fields, timeout)

    @shows_fields_of(MoveParticipantRequest)
    async def move_participant(
        self,
        request: MoveParticipantRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[MoveParticipantRequestFields],
    ) -> MoveParticipantResponse:
        """Move a participant to another room (LiveKit Cloud only).

        Not retried if the server may have acted, except on LiveKit Cloud. Needs the grants
        ``roomAdmin`` for the room and ``destinationRoom``.

        Raises:
            InvalidArgumentError: both rooms are the same.
            UnknownError: the server is not LiveKit Cloud.
            UnavailableError: the server is not LiveKit Cloud and there is no such participant
                (after 3 s).
        """
        return await self._call(rows.MOVE_PARTICIPANT, request, fields, timeout)

    @shows_fields_of(PerformRpcRequest)
    async def perform_rpc(
        self,
        request: PerformRpcRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[PerformRpcRequestFields],
    ) -> PerformRpcResponse:
        """Call an RPC method that a participant has registered, and return its response.

        It waits ``response_timeout_ms`` (10 s by default) plus 5 s. Not retried if the server may
        have acted; but a self-hosted server itself invokes the handler again if it does not respond
        within 3 s. Needs the grant ``roomAdmin`` for the room.

        Raises:
            InvalidArgumentError: the participant has no such method, or the payload is too large.
            InternalError: the participant's method failed; its code is in the text.
            DeadlineExceededError: the participant did not respond in time.
            UnavailableError: (self-hosted, after 3 s) there is no such participant.
        """
        return await self._call(rows.PERFORM_RPC, request, fields, timeout)
