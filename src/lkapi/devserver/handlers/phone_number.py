"""PhoneNumberService: searching, buying and routing phone numbers; LiveKit Cloud only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.pagination import page_of
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.telephony.sip_checks import invalid_argument
from lkapi.methods.phone_number import (
    GET_PHONE_NUMBER,
    LIST_PHONE_NUMBERS,
    PURCHASE_PHONE_NUMBER,
    RELEASE_PHONE_NUMBERS,
    SEARCH_PHONE_NUMBERS,
    UPDATE_PHONE_NUMBER,
)
from lkapi.protocol.phone_number import (
    GetPhoneNumberRequest,
    GetPhoneNumberResponse,
    ListPhoneNumbersRequest,
    ListPhoneNumbersResponse,
    PhoneNumber,
    PhoneNumberStatus,
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
    from lkapi.devserver.handlers.call import Call

DEFAULT_LIMIT = 50
_STATUS = PhoneNumberStatus


@handles(SEARCH_PHONE_NUMBERS)
def search_numbers(call: Call, request: SearchPhoneNumbersRequest) -> SearchPhoneNumbersResponse:
    """Numbers that can be bought: fictional ones, always the same."""
    if not request.country_code:
        raise invalid_argument("country_code is required")
    offered = call.world.numbers.search(request.country_code, request.area_code or "")
    limit = request.limit or DEFAULT_LIMIT
    items, following = page_of(offered, request.page_token, limit)
    return SearchPhoneNumbersResponse(items=items, next_page_token=following)


@handles(PURCHASE_PHONE_NUMBER)
def purchase_number(call: Call, request: PurchasePhoneNumberRequest) -> PurchasePhoneNumberResponse:
    """Buy numbers, all or none of them."""
    if not request.phone_numbers:
        raise invalid_argument("phone_numbers is required")
    rule_id = request.sip_dispatch_rule_id or ""
    bought = call.world.numbers.buy(request.phone_numbers, rule_id)
    return PurchasePhoneNumberResponse(phone_numbers=bought)


@handles(LIST_PHONE_NUMBERS)
def list_numbers(call: Call, request: ListPhoneNumbersRequest) -> ListPhoneNumbersResponse:
    """Owned numbers; released ones only where the request has that status."""
    rule_id, statuses = request.sip_dispatch_rule_id, request.statuses
    found = [
        number.copy()
        for number in call.world.numbers.by_id.values()
        if _meets(number, list(statuses))
        and (not rule_id or rule_id in number.sip_dispatch_rule_ids)
    ]
    limit = request.limit or DEFAULT_LIMIT
    items, following = page_of(found, request.page_token, limit)
    offline = sum(number.status == _STATUS.PHONE_NUMBER_STATUS_OFFLINE for number in found)
    return ListPhoneNumbersResponse(
        items=items, next_page_token=following, total_count=len(found), offline_count=offline
    )


def _meets(number: PhoneNumber, statuses: list[PhoneNumberStatus]) -> bool:
    if statuses:
        return number.status in statuses
    return number.status != _STATUS.PHONE_NUMBER_STATUS_RELEASED


@handles(GET_PHONE_NUMBER)
def get_number(call: Call, request: GetPhoneNumberRequest) -> GetPhoneNumberResponse:
    """One owned number."""
    return GetPhoneNumberResponse(phone_number=_find(call, request).copy())


@handles(UPDATE_PHONE_NUMBER)
def update_number(call: Call, request: UpdatePhoneNumberRequest) -> UpdatePhoneNumberResponse:
    """Change the dispatch rule or the name of a number."""
    changed = call.world.numbers.change(
        _find(call, request), rule_id=request.sip_dispatch_rule_id, name=request.name
    )
    return UpdatePhoneNumberResponse(phone_number=changed)


def _find(call: Call, request: GetPhoneNumberRequest | UpdatePhoneNumberRequest) -> PhoneNumber:
    number_id, number = request.id or "", request.phone_number or ""
    if not number_id and not number:
        raise invalid_argument("id or phone_number is required")
    return call.world.numbers.find(number_id, number)


@handles(RELEASE_PHONE_NUMBERS)
def release_numbers(call: Call, request: ReleasePhoneNumbersRequest) -> ReleasePhoneNumbersResponse:
    """Release numbers, all or none of them."""
    if not request.ids and not request.phone_numbers:
        raise invalid_argument("ids or phone_numbers is required")
    numbers = call.world.numbers
    found = [numbers.find(number_id, "") for number_id in request.ids]
    found += [numbers.find("", number) for number in request.phone_numbers]
    for number in found:
        numbers.release(number)
    return ReleasePhoneNumbersResponse()
