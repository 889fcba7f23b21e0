"""Bringing media from outside into rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from lkapi.methods import ingress as rows
from lkapi.protocol.ingress import (
    CreateIngressRequest,
    DeleteIngressRequest,
    ListIngressRequest,
    UpdateIngressRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import require_text, single_item
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.ingress import (
        CreateIngressRequestFields,
        DeleteIngressRequestFields,
        IngressInfo,
        ListIngressRequestFields,
        ListIngressResponse,
        UpdateIngressRequestFields,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds

__all__ = ["IngressService"]


class IngressService(Service):
    """Brings RTMP, WHIP and pulled media into rooms. ``api.ingress``."""

    @shows_fields_of(CreateIngressRequest)
    async def create_ingress(
        self,
        request: CreateIngressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateIngressRequestFields],
    ) -> IngressInfo:
        """Create an ingress; enter the response's ``url`` and ``stream_key`` in the encoder.

        ``participant_identity`` is required, ``room_name`` is not. Needs the grant
        ``ingressAdmin``. Not retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            InvalidArgumentError: no identity, or options that do not go with the input.
            UnavailableError: no ingress worker is running (self-hosted, url input, after 3 s).
        """
        return await self._call(rows.CREATE_INGRESS, request, fields, timeout)

    @shows_fields_of(UpdateIngressRequest)
    async def update_ingress(
        self,
        request: UpdateIngressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateIngressRequestFields],
    ) -> IngressInfo:
        """Change an ingress that is not in use. Empty strings change nothing.

        Needs the grant ``ingressAdmin``.

        Raises:
            NotFoundError: no such ingress.
            InvalidArgumentError: it pulls from a url; such an ingress cannot be changed.
        """
        return await self._call(rows.UPDATE_INGRESS, request, fields, timeout)

    @shows_fields_of(ListIngressRequest)
    async def list_ingress(
        self,
        request: ListIngressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListIngressRequestFields],
    ) -> ListIngressResponse:
        """List ingresses, one page: of a room, by id, or all.

        ``iter_ingress`` iterates over all pages. Needs the grant ``ingressAdmin``. The response
        holds the stream keys; its repr masks them.

        Raises:
            NotFoundError: no ingress has the given id.
        """
        return await self._call(rows.LIST_INGRESS, request, fields, timeout)

    @shows_fields_of(ListIngressRequest)
    def iter_ingress(
        self,
        request: ListIngressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListIngressRequestFields],
    ) -> AsyncPager[IngressInfo]:
        """Iterate over all ingresses that ``list_ingress`` would show, page by page.

        One request per page; ``timeout`` applies to each. Needs the grant ``ingressAdmin``.

        Raises:
            NotFoundError: no ingress has the given id.
        """
        return self._token_pages(rows.LIST_INGRESS, request, fields, timeout, _items)

    async def get_ingress(self, ingress_id: str, *, timeout: Seconds | None = None) -> IngressInfo:
        """Get one ingress.

        Needs the grant ``ingressAdmin``.

        Raises:
            NotFoundError: no such ingress.
        """
        request = ListIngressRequest(ingress_id=require_text(ingress_id, "ingress_id"))
        response = await self._call(rows.LIST_INGRESS, request, {}, timeout)
        return single_item(response.items, rows.LIST_INGRESS, f"ingress {ingress_id}")

    @overload
    async def delete_ingress(
        self,
        request: DeleteIngressRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteIngressRequestFields],
    ) -> IngressInfo: ...

    @overload
    async def delete_ingress(
        self,
        request: DeleteIngressRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteIngressRequestFields],
    ) -> IngressInfo | None: ...

    @shows_fields_of(DeleteIngressRequest)
    async def delete_ingress(
        self,
        request: DeleteIngressRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteIngressRequestFields],
    ) -> IngressInfo | None:
        """Delete an ingress and stop its stream.

        Needs the grant ``ingressAdmin``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if there is no such ingress.
            timeout: seconds in total.
            fields: ``ingress_id``.

        Raises:
            NotFoundError: no such ingress.
        """
        return await self._call_unless_missing(
            rows.DELETE_INGRESS, request, fields, timeout, missing_ok=missing_ok
        )


def _items(response: ListIngressResponse) -> list[IngressInfo]:
    return response.items
