"""Private network links between LiveKit Cloud and a service of yours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from lkapi.methods import cloud_agent as rows
from lkapi.protocol.cloud_agent import (
    CreatePrivateLinkRequest,
    DestroyPrivateLinkRequest,
    GetPrivateLinkStatusRequest,
    ListPrivateLinksRequest,
)
from lkapi.services._base import Service
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.cloud_agent import (
        CreatePrivateLinkRequestFields,
        CreatePrivateLinkResponse,
        DestroyPrivateLinkRequestFields,
        DestroyPrivateLinkResponse,
        GetPrivateLinkStatusRequestFields,
        GetPrivateLinkStatusResponse,
        ListPrivateLinksRequestFields,
        ListPrivateLinksResponse,
    )
    from lkapi.settings import Seconds


class PrivateLinks(Service):
    """The part of ``api.cloud_agent`` that deals with private network links."""

    @shows_fields_of(CreatePrivateLinkRequest)
    async def create_private_link(
        self,
        request: CreatePrivateLinkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreatePrivateLinkRequestFields],
    ) -> CreatePrivateLinkResponse:
        """Create a private network link to a service of yours.

        Needs the grant ``agent.admin``. Two calls create two links.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.CREATE_PRIVATE_LINK, request, fields, timeout)

    @overload
    async def destroy_private_link(
        self,
        request: DestroyPrivateLinkRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DestroyPrivateLinkRequestFields],
    ) -> DestroyPrivateLinkResponse: ...

    @overload
    async def destroy_private_link(
        self,
        request: DestroyPrivateLinkRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[DestroyPrivateLinkRequestFields],
    ) -> DestroyPrivateLinkResponse | None: ...

    @shows_fields_of(DestroyPrivateLinkRequest)
    async def destroy_private_link(
        self,
        request: DestroyPrivateLinkRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DestroyPrivateLinkRequestFields],
    ) -> DestroyPrivateLinkResponse | None:
        """Delete a private network link.

        Needs the grant ``agent.admin``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if there is no such link.
            timeout: seconds in total.
            fields: fields of the request.

        Raises:
            NotFoundError: there is no such link.
        """
        return await self._call_unless_missing(
            rows.DESTROY_PRIVATE_LINK, request, fields, timeout, missing_ok=missing_ok
        )

    @shows_fields_of(ListPrivateLinksRequest)
    async def list_private_links(
        self,
        request: ListPrivateLinksRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListPrivateLinksRequestFields],
    ) -> ListPrivateLinksResponse:
        """List the private network links.

        Needs the grant ``agent.admin``.

        Raises:
            PermissionDeniedError: the plan or the credentials do not allow it.
        """
        return await self._call(rows.LIST_PRIVATE_LINKS, request, fields, timeout)

    @shows_fields_of(GetPrivateLinkStatusRequest)
    async def get_private_link_status(
        self,
        request: GetPrivateLinkStatusRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[GetPrivateLinkStatusRequestFields],
    ) -> GetPrivateLinkStatusResponse:
        """Get the state of a private network link.

        Needs the grant ``agent.admin``.

        Raises:
            NotFoundError: no such link.
        """
        return await self._call(rows.GET_PRIVATE_LINK_STATUS, request, fields, timeout)
