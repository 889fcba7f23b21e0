"""Outbound trunks: how phone calls go out to carriers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.methods import sip as rows
from lkapi.protocol.sip import (
    CreateSIPOutboundTrunkRequest,
    GetSIPOutboundTrunkRequest,
    ListSIPOutboundTrunkRequest,
    SIPOutboundTrunkUpdate,
    UpdateSIPOutboundTrunkRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import list_update, require_message, require_text
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from lkapi.protocol.models import ListUpdate
    from lkapi.protocol.sip import (
        CreateSIPOutboundTrunkRequestFields,
        ListSIPOutboundTrunkRequestFields,
        ListSIPOutboundTrunkResponse,
        SIPMediaConfig,
        SIPOutboundTrunkInfo,
        SIPTransport,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds


class OutboundTrunks(Service):
    """The part of ``api.sip`` that deals with outbound trunks."""

    @shows_fields_of(CreateSIPOutboundTrunkRequest)
    async def create_outbound_trunk(
        self,
        request: CreateSIPOutboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateSIPOutboundTrunkRequestFields],
    ) -> SIPOutboundTrunkInfo:
        """Create an outbound trunk; leave its ``sip_trunk_id`` empty.

        It needs an address (a bare host, not a SIP URI) and numbers. Needs the grant ``sip.admin``.
        Not retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            InvalidArgumentError: something is missing or malformed.
        """
        return await self._call(rows.CREATE_SIP_OUTBOUND_TRUNK, request, fields, timeout)

    async def get_outbound_trunk(
        self, trunk_id: str, *, timeout: Seconds | None = None
    ) -> SIPOutboundTrunkInfo:
        """Get one outbound trunk.

        Needs the grant ``sip.admin``. The response holds the password; its repr masks it.

        Raises:
            NotFoundError: there is no such outbound trunk.
        """
        request = GetSIPOutboundTrunkRequest(sip_trunk_id=require_text(trunk_id, "trunk_id"))
        response = await self._call(rows.GET_SIP_OUTBOUND_TRUNK, request, {}, timeout)
        return require_message(
            response.trunk, rows.GET_SIP_OUTBOUND_TRUNK, f"outbound trunk {trunk_id}"
        )

    @shows_fields_of(ListSIPOutboundTrunkRequest)
    async def list_outbound_trunk(
        self,
        request: ListSIPOutboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPOutboundTrunkRequestFields],
    ) -> ListSIPOutboundTrunkResponse:
        """List outbound trunks, all or by ``trunk_ids`` or ``numbers``.

        Unknown ids are left out. The response holds the passwords; its repr masks them. Needs the
        grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return await self._call(rows.LIST_SIP_OUTBOUND_TRUNK, request, fields, timeout)

    @shows_fields_of(ListSIPOutboundTrunkRequest)
    def iter_outbound_trunk(
        self,
        request: ListSIPOutboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPOutboundTrunkRequestFields],
    ) -> AsyncPager[SIPOutboundTrunkInfo]:
        """Iterate over all that ``list_outbound_trunk`` shows; in pages if ``page`` is given.

        One request per page; ``timeout`` applies to each. Needs the grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return self._id_pages(rows.LIST_SIP_OUTBOUND_TRUNK, request, fields, timeout, _trunk_id)

    async def update_outbound_trunk(
        self, trunk_id: str, trunk: SIPOutboundTrunkInfo, *, timeout: Seconds | None = None
    ) -> SIPOutboundTrunkInfo:
        """Replace an outbound trunk as a whole: fields that you leave out are cleared.

        Needs the grant ``sip.admin``.

        Raises:
            NotFoundError: there is no such outbound trunk.
            InvalidArgumentError: it is malformed, or has the id of another trunk.
            UnknownError: it lacks a required field, an address for example.
        """
        request = UpdateSIPOutboundTrunkRequest(sip_trunk_id=trunk_id, replace=trunk)
        return await self._call(rows.UPDATE_SIP_OUTBOUND_TRUNK, request, {}, timeout)

    async def update_outbound_trunk_fields(
        self,
        trunk_id: str,
        *,
        address: str | None = None,
        transport: SIPTransport | int | None = None,
        destination_country: str | None = None,
        numbers: ListUpdate | Iterable[str] | None = None,
        auth_username: str | None = None,
        auth_password: str | None = None,
        name: str | None = None,
        metadata: str | None = None,
        media: SIPMediaConfig | None = None,
        from_host: str | None = None,
        timeout: Seconds | None = None,
    ) -> SIPOutboundTrunkInfo:
        """Change single fields of an outbound trunk.

        Needs the grant ``sip.admin``. None leaves a field as it is, an empty string clears it.

        Args:
            trunk_id: the trunk.
            address: host of the carrier, not a SIP URI.
            transport: how to reach it.
            destination_country: two-letter country where calls are to leave LiveKit Cloud.
            numbers: a list to set, an empty one to clear, or a ``ListUpdate`` to add and remove.
            auth_username: user name for calls.
            auth_password: password for calls.
            name: display name.
            metadata: any string.
            media: codecs, encryption and timeouts, as a whole.
            from_host: host in the From header.
            timeout: seconds in total.

        Raises:
            NotFoundError: there is no such outbound trunk.
            InvalidArgumentError: a change is malformed.
            UnknownError: the trunk would lack a required field, an address for example.
        """
        update = SIPOutboundTrunkUpdate(
            address=address,
            transport=transport,
            destination_country=destination_country,
            numbers=list_update(numbers, "numbers"),
            auth_username=auth_username,
            auth_password=auth_password,
            name=name,
            metadata=metadata,
            media=media,
            from_host=from_host,
        )
        request = UpdateSIPOutboundTrunkRequest(sip_trunk_id=trunk_id, update=update)
        return await self._call(rows.UPDATE_SIP_OUTBOUND_TRUNK, request, {}, timeout)


def _trunk_id(trunk: SIPOutboundTrunkInfo) -> str:
    return trunk.sip_trunk_id
