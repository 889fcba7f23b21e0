"""Phone numbers of LiveKit Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from lkapi.methods import phone_number as rows
from lkapi.protocol.phone_number import (
    GetPhoneNumberRequest,
    ListPhoneNumbersRequest,
    PurchasePhoneNumberRequest,
    ReleasePhoneNumbersRequest,
    SearchPhoneNumbersRequest,
    UpdatePhoneNumberRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import require_message
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.phone_number import (
        GetPhoneNumberRequestFields,
        ListPhoneNumbersRequestFields,
        ListPhoneNumbersResponse,
        PhoneNumber,
        PurchasePhoneNumberRequestFields,
        PurchasePhoneNumberResponse,
        ReleasePhoneNumbersRequestFields,
        ReleasePhoneNumbersResponse,
        SearchPhoneNumbersRequestFields,
        SearchPhoneNumbersResponse,
        UpdatePhoneNumberRequestFields,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds

__all__ = ["PhoneNumberService"]


class PhoneNumberService(Service):
    """Finds, buys and routes phone numbers; LiveKit Cloud only. ``api.phone_number``."""

    @shows_fields_of(SearchPhoneNumbersRequest)
    async def search_phone_numbers(
        self,
        request: SearchPhoneNumbersRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SearchPhoneNumbersRequestFields],
    ) -> SearchPhoneNumbersResponse:
        """Search for numbers that can be bought, one page (50 unless ``limit`` says otherwise).

        May take 30 s. Needs the grant ``sip.admin``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.SEARCH_PHONE_NUMBERS, request, fields, timeout)

    @shows_fields_of(SearchPhoneNumbersRequest)
    def iter_search_phone_numbers(
        self,
        request: SearchPhoneNumbersRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SearchPhoneNumbersRequestFields],
    ) -> AsyncPager[PhoneNumber]:
        """Iterate over all numbers that ``search_phone_numbers`` finds, page by page.

        One request per page, of up to 30 s; ``timeout`` applies to each. Needs the grant
        ``sip.admin``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return self._token_pages(rows.SEARCH_PHONE_NUMBERS, request, fields, timeout, _found)

    @shows_fields_of(PurchasePhoneNumberRequest)
    async def purchase_phone_number(
        self,
        request: PurchasePhoneNumberRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[PurchasePhoneNumberRequestFields],
    ) -> PurchasePhoneNumberResponse:
        """Buy numbers. This costs money, so it is never retried if the server may have acted.

        Needs the grant ``sip.admin``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.PURCHASE_PHONE_NUMBER, request, fields, timeout)

    @shows_fields_of(ListPhoneNumbersRequest)
    async def list_phone_numbers(
        self,
        request: ListPhoneNumbersRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListPhoneNumbersRequestFields],
    ) -> ListPhoneNumbersResponse:
        """List the project's numbers, one page. ``iter_phone_numbers`` iterates over all pages.

        Needs the grant ``sip.admin``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.LIST_PHONE_NUMBERS, request, fields, timeout)

    @shows_fields_of(ListPhoneNumbersRequest)
    def iter_phone_numbers(
        self,
        request: ListPhoneNumbersRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListPhoneNumbersRequestFields],
    ) -> AsyncPager[PhoneNumber]:
        """Iterate over all numbers of the project, page by page.

        One request per page; ``timeout`` applies to each. Needs the grant ``sip.admin``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return self._token_pages(rows.LIST_PHONE_NUMBERS, request, fields, timeout, _listed)

    @shows_fields_of(GetPhoneNumberRequest)
    async def get_phone_number(
        self,
        request: GetPhoneNumberRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[GetPhoneNumberRequestFields],
    ) -> PhoneNumber:
        """Get one number of the project, by ``id`` or ``phone_number``.

        Needs the grant ``sip.admin``.

        Raises:
            NotFoundError: the project has no such number.
            BadRouteError: the server is not LiveKit Cloud.
        """
        response = await self._call(rows.GET_PHONE_NUMBER, request, fields, timeout)
        return require_message(response.phone_number, rows.GET_PHONE_NUMBER, "phone number")

    @shows_fields_of(UpdatePhoneNumberRequest)
    async def update_phone_number(
        self,
        request: UpdatePhoneNumberRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdatePhoneNumberRequestFields],
    ) -> PhoneNumber:
        """Route a number to a dispatch rule, or name it; by ``id`` or ``phone_number``.

        Needs the grant ``sip.admin``.

        Raises:
            NotFoundError: the project has no such number.
            BadRouteError: the server is not LiveKit Cloud.
        """
        response = await self._call(rows.UPDATE_PHONE_NUMBER, request, fields, timeout)
        return require_message(response.phone_number, rows.UPDATE_PHONE_NUMBER, "phone number")

    @overload
    async def release_phone_numbers(
        self,
        request: ReleasePhoneNumbersRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[ReleasePhoneNumbersRequestFields],
    ) -> ReleasePhoneNumbersResponse: ...

    @overload
    async def release_phone_numbers(
        self,
        request: ReleasePhoneNumbersRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[ReleasePhoneNumbersRequestFields],
    ) -> ReleasePhoneNumbersResponse | None: ...

    @shows_fields_of(ReleasePhoneNumbersRequest)
    async def release_phone_numbers(
        self,
        request: ReleasePhoneNumbersRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[ReleasePhoneNumbersRequestFields],
    ) -> ReleasePhoneNumbersResponse | None:
        """Release numbers, by ``ids`` or ``phone_numbers``. The project loses them.

        Needs the grant ``sip.admin``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if the project has no such number.
            timeout: seconds in total.
            fields: ``ids``, ``phone_numbers``.

        Raises:
            NotFoundError: the project has no such number.
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call_unless_missing(
            rows.RELEASE_PHONE_NUMBERS, request, fields, timeout, missing_ok=missing_ok
        )


def _found(response: SearchPhoneNumbersResponse) -> list[PhoneNumber]:
    return response.items


def _listed(response: ListPhoneNumbersResponse) -> list[PhoneNumber]:
    return response.items
