"""The rows of the PhoneNumberService: searching, buying and routing phone numbers.

LiveKit Cloud only. Buying is never retried if the server may have acted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.phone_number import (
    GetPhoneNumberRequest,
    GetPhoneNumberResponse,
    ListPhoneNumbersRequest,
    ListPhoneNumbersResponse,
    PurchasePhoneNumberRequest,
    PurchasePhoneNumberResponse,
    ReleasePhoneNumbersRequest,
    ReleasePhoneNumbersResponse,
    SearchPhoneNumbersRequest,
    SearchPhoneNumbersResponse,
    UpdatePhoneNumberRequest,
    UpdatePhoneNumberResponse,
)

if TYPE_CHECKING:
    from lkapi.message import Message

SEARCH_SECONDS: Final = 30.0
"""Seconds for a search: the server queries the carriers."""

_ADMIN = Needs.of(sip={"admin": True})


def _admin(_: Message) -> Needs:
    return _ADMIN


def _search(_: Message) -> float:
    """30 s, since the server queries the carriers."""
    return SEARCH_SECONDS


SEARCH_PHONE_NUMBERS: Final = MethodInfo(
    service="PhoneNumberService",
    name="SearchPhoneNumbers",
    request=SearchPhoneNumbersRequest,
    response=SearchPhoneNumbersResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    timeout=_search,
    cloud_only=True,
)
PURCHASE_PHONE_NUMBER: Final = MethodInfo(
    service="PhoneNumberService",
    name="PurchasePhoneNumber",
    request=PurchasePhoneNumberRequest,
    response=PurchasePhoneNumberResponse,
    needs=_admin,
    idempotency=Idempotency.UNSAFE,
    cloud_only=True,
)
LIST_PHONE_NUMBERS: Final = MethodInfo(
    service="PhoneNumberService",
    name="ListPhoneNumbers",
    request=ListPhoneNumbersRequest,
    response=ListPhoneNumbersResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    empty_ok=True,
)
GET_PHONE_NUMBER: Final = MethodInfo(
    service="PhoneNumberService",
    name="GetPhoneNumber",
    request=GetPhoneNumberRequest,
    response=GetPhoneNumberResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
UPDATE_PHONE_NUMBER: Final = MethodInfo(
    service="PhoneNumberService",
    name="UpdatePhoneNumber",
    request=UpdatePhoneNumberRequest,
    response=UpdatePhoneNumberResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
)
RELEASE_PHONE_NUMBERS: Final = MethodInfo(
    service="PhoneNumberService",
    name="ReleasePhoneNumbers",
    request=ReleasePhoneNumbersRequest,
    response=ReleasePhoneNumbersResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    cloud_only=True,
    deletes=True,
)
