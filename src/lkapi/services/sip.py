"""Telephony: trunks, dispatch rules and phone calls, under the names of livekit-api."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from lkapi._deprecation import deprecated
from lkapi.methods import sip as rows
from lkapi.protocol.sip import DeleteSIPTrunkRequest, ListSIPTrunkRequest
from lkapi.services._requests import shows_fields_of
from lkapi.services.sip_calls import PhoneCalls
from lkapi.services.sip_deprecated import DeprecatedNames

if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Unpack

    from lkapi.protocol.sip import (
        DeleteSIPTrunkRequestFields,
        ListSIPTrunkRequestFields,
        ListSIPTrunkResponse,
        SIPTrunkInfo,
    )
    from lkapi.settings import Seconds

__all__ = ["SipService"]


class SipService(DeprecatedNames, PhoneCalls):
    """Trunks, dispatch rules and phone calls. ``api.sip``."""

    @overload
    async def delete_trunk(
        self,
        request: DeleteSIPTrunkRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPTrunkRequestFields],
    ) -> SIPTrunkInfo: ...

    @overload
    async def delete_trunk(
        self,
        request: DeleteSIPTrunkRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPTrunkRequestFields],
    ) -> SIPTrunkInfo | None: ...

    @shows_fields_of(DeleteSIPTrunkRequest)
    async def delete_trunk(
        self,
        request: DeleteSIPTrunkRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPTrunkRequestFields],
    ) -> SIPTrunkInfo | None:
        """Delete a trunk of either kind.

        A self-hosted server also succeeds when there is no such trunk. Needs the grant
        ``sip.admin``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if there is no such trunk.
            timeout: seconds in total.
            fields: ``sip_trunk_id``.

        Raises:
            NotFoundError: there is no such trunk.
        """
        return await self._call_unless_missing(
            rows.DELETE_SIP_TRUNK, request, fields, timeout, missing_ok=missing_ok
        )

    @deprecated("since 0.1, removed in 2.0: use delete_trunk")
    @shows_fields_of(DeleteSIPTrunkRequest)
    async def delete_sip_trunk(
        self,
        request: DeleteSIPTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPTrunkRequestFields],
    ) -> SIPTrunkInfo:
        """Deprecated: use ``delete_trunk``."""
        return await self.delete_trunk(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use list_inbound_trunk and list_outbound_trunk")
    @shows_fields_of(ListSIPTrunkRequest)
    async def list_trunk(
        self,
        request: ListSIPTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPTrunkRequestFields],
    ) -> ListSIPTrunkResponse:
        """List trunks of both kinds in their old, merged form. Deprecated by the server.

        Use ``list_inbound_trunk`` and ``list_outbound_trunk``. Needs the grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return await self._call(rows.LIST_SIP_TRUNK, request, fields, timeout)
