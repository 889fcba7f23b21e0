"""Inbound trunks: how phone calls come in from carriers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.methods import sip as rows
from lkapi.protocol.sip import (
    CreateSIPInboundTrunkRequest,
    GetSIPInboundTrunkRequest,
    ListSIPInboundTrunkRequest,
    SIPInboundTrunkUpdate,
    UpdateSIPInboundTrunkRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import list_update, require_message, require_text
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from lkapi.protocol.models import ListUpdate
    from lkapi.protocol.sip import (
        CreateSIPInboundTrunkRequestFields,
        ListSIPInboundTrunkRequestFields,
        ListSIPInboundTrunkResponse,
        SIPInboundTrunkInfo,
        SIPMediaConfig,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds


class InboundTrunks(Service):
    """The part of ``api.sip`` that deals with inbound trunks."""

    @shows_fields_of(CreateSIPInboundTrunkRequest)
    async def create_inbound_trunk(
        self,
        request: CreateSIPInboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateSIPInboundTrunkRequestFields],
    ) -> SIPInboundTrunkInfo:
        """Create an inbound trunk; leave its ``sip_trunk_id`` empty.

        It needs numbers, allowed addresses, or a user name and password. Needs the grant
        ``sip.admin``. Not retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            InvalidArgumentError: something is missing or malformed, or the trunk clashes with
                another.
        """
        return await self._call(rows.CREATE_SIP_INBOUND_TRUNK, request, fields, timeout)

    async def get_inbound_trunk(
        self, trunk_id: str, *, timeout: Seconds | None = None
    ) -> SIPInboundTrunkInfo:
        """Get one inbound trunk.

        Needs the grant ``sip.admin``. The response holds the password; its repr masks it.

        Raises:
            NotFoundError: there is no such inbound trunk.
        """
        request = GetSIPInboundTrunkRequest(sip_trunk_id=require_text(trunk_id, "trunk_id"))
        response = await self._call(rows.GET_SIP_INBOUND_TRUNK, request, {}, timeout)
        return require_message(
            response.trunk, rows.GET_SIP_INBOUND_TRUNK, f"inbound trunk {trunk_id}"
        )

    @shows_fields_of(ListSIPInboundTrunkRequest)
    async def list_inbound_trunk(
        self,
        request: ListSIPInboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPInboundTrunkRequestFields],
    ) -> ListSIPInboundTrunkResponse:
        """List inbound trunks, all or by ``trunk_ids`` or ``numbers``.

        Unknown ids are left out. The response holds the passwords; its repr masks them. Needs the
        grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return await self._call(rows.LIST_SIP_INBOUND_TRUNK, request, fields, timeout)

    @shows_fields_of(ListSIPInboundTrunkRequest)
    def iter_inbound_trunk(
        self,
        request: ListSIPInboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPInboundTrunkRequestFields],
    ) -> AsyncPager[SIPInboundTrunkInfo]:
        """Iterate over all that ``list_inbound_trunk`` shows; in pages if ``page`` is given.

        One request per page; ``timeout`` applies to each. Needs the grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return self._id_pages(rows.LIST_SIP_INBOUND_TRUNK, request, fields, timeout, _trunk_id)

    async def update_inbound_trunk(
        self, trunk_id: str, trunk: SIPInboundTrunkInfo, *, timeout: Seconds | None = None
    ) -> SIPInboundTrunkInfo:
        """Replace an inbound trunk as a whole: fields that you leave out are cleared.

        Needs the grant ``sip.admin``.

        Raises:
            NotFoundError: there is no such inbound trunk.
            InvalidArgumentError: it clashes with another trunk, or lacks a required field.
        """
        request = UpdateSIPInboundTrunkRequest(sip_trunk_id=trunk_id, replace=trunk)
        return await self._call(rows.UPDATE_SIP_INBOUND_TRUNK, request, {}, timeout)

    async def update_inbound_trunk_fields(
        self,
        trunk_id: str,
        *,
        numbers: ListUpdate | Iterable[str] | None = None,
        allowed_addresses: ListUpdate | Iterable[str] | None = None,
        allowed_numbers: ListUpdate | Iterable[str] | None = None,
        auth_username: str | None = None,
        auth_password: str | None = None,
        auth_realm: str | None = None,
        name: str | None = None,
        metadata: str | None = None,
        media: SIPMediaConfig | None = None,
        timeout: Seconds | None = None,
    ) -> SIPInboundTrunkInfo:
        """Change single fields of an inbound trunk.

        Needs the grant ``sip.admin``. None leaves a field as it is, an empty string clears it.

        Args:
            trunk_id: the trunk.
            numbers: a list to set, an empty one to clear, or a ``ListUpdate`` to add and remove.
            allowed_addresses: likewise, addresses that may call.
            allowed_numbers: likewise, numbers that may call.
            auth_username: user name for calls.
            auth_password: password for calls.
            auth_realm: SIP realm of that user.
            name: display name.
            metadata: any string.
            media: codecs, encryption and timeouts, as a whole.
            timeout: seconds in total.

        Raises:
            NotFoundError: there is no such inbound trunk.
            InvalidArgumentError: the trunk would clash with another, or lack a required field.
        """
        update = SIPInboundTrunkUpdate(
            numbers=list_update(numbers, "numbers"),
            allowed_addresses=list_update(allowed_addresses, "allowed_addresses"),
            allowed_numbers=list_update(allowed_numbers, "allowed_numbers"),
            auth_username=auth_username,
            auth_password=auth_password,
            auth_realm=auth_realm,
            name=name,
            metadata=metadata,
            media=media,
        )
        request = UpdateSIPInboundTrunkRequest(sip_trunk_id=trunk_id, update=update)
        return await self._call(rows.UPDATE_SIP_INBOUND_TRUNK, request, {}, timeout)


def _trunk_id(trunk: SIPInboundTrunkInfo) -> str:
    return trunk.sip_trunk_id
