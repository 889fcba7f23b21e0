"""The checks of SIP requests, with the recorded error texts (recorded behaviours 45 to 50).

Numbers and allowed addresses are hardly checked; header names and host names are checked.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from lkapi.errors import APIError, InvalidArgumentError, NotFoundError, UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lkapi.protocol.models import ListUpdate
    from lkapi.protocol.sip import (
        CreateSIPParticipantRequest,
        Destination,
        SIPInboundTrunkInfo,
        SIPOutboundConfig,
        SIPOutboundTrunkInfo,
        TransferSIPParticipantRequest,
    )

__all__ = [
    "apply_list",
    "as_server_fault",
    "check_dial",
    "check_inbound",
    "check_list",
    "check_outbound",
    "check_transfer",
    "invalid_argument",
    "rule_not_found",
    "trunk_not_found",
]

_TOKEN: Final = re.compile(r"[A-Za-z0-9!%*_+`'~.\-]")
"""Characters of a SIP header name (RFC 3261 section 25.1)."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_NO_COUNTRIES: Final = frozenset({"AA", "XX", "ZZ", "QM", "QZ", "XA", "XB"})
MAX_DISPLAY_NAME: Final = 128
MAX_MEDIA_TIMEOUT: Final = timedelta(minutes=10)


def invalid_argument(message: str) -> APIError:
    """An error at the API's edge, without the prefix of errors from inside the server."""
    return InvalidArgumentError("invalid_argument", message)


def trunk_not_found() -> APIError:
    """There is no trunk of this kind with the id."""
    return NotFoundError("not_found", "requested sip trunk does not exist")


def rule_not_found() -> APIError:
    """There is no dispatch rule with the id."""
    return NotFoundError("not_found", "requested sip dispatch rule does not exist")


def as_server_fault(error: APIError) -> APIError:
    """The same text with status 500: the error of an update that makes a trunk invalid."""
    return UnknownError("unknown", error.message)


def check_inbound(trunk: SIPInboundTrunkInfo) -> None:
    """An inbound trunk needs a credential, an address or a number, and valid header names."""
    by_user = trunk.auth_username or trunk.auth_password
    if not (by_user or trunk.allowed_addresses or trunk.numbers):
        needed = "AuthUsername+AuthPassword, AllowedAddresses or Numbers"
        raise invalid_argument(f"for security, one of the fields must be set: {needed}")
    _check_header_fields(trunk)


def check_outbound(trunk: SIPOutboundTrunkInfo) -> None:
    """An outbound trunk needs numbers and a host."""
    if not trunk.numbers:
        raise invalid_argument("no trunk numbers specified")
    if not trunk.address:
        raise invalid_argument("no outbound address specified")
    _check_host(trunk.address, "trunk address")
    _check_host(trunk.from_host, "from_host")
    _check_header_fields(trunk)


def _check_header_fields(trunk: SIPInboundTrunkInfo | SIPOutboundTrunkInfo) -> None:
    _check_headers(trunk.headers)
    _check_names(trunk.attributes_to_headers.values())
    _check_names(trunk.headers_to_attributes)


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        _check_names((name,))
        if "\r" in value or "\n" in value:
            raise invalid_argument(f"invalid header value for {name}: line breaks are not allowed")


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if not name:
            raise invalid_argument("invalid header name: header name is empty")
        invalid = next((char for char in name if not _TOKEN.fullmatch(char)), None)
        if invalid is not None:
            where = f"header name {name} contains invalid characters"
            raise invalid_argument(f"invalid header name: {where}: char {ord(invalid)} not allowed")


def _check_host(value: str, what: str) -> None:
    if "transport=" in value:
        raise invalid_argument(f"{what} should not contain transport parameter")
    if "@" in value or ";" in value or value.startswith(("sip:", "sips:")):
        raise invalid_argument(f"{what} should be a hostname or IP, not SIP URI")


def check_list(update: ListUpdate | None) -> None:
    """A list update must do one of these: set, add and remove, or clear."""
    if update is None:
        return
    changes = [*update.add, *update.remove]
    if not (update.clear or update.set or changes):
        raise invalid_argument("unsupported list update operation")
    if update.clear and (update.set or changes):
        raise invalid_argument("cannot clear and change the list at the same time")
    if update.set and changes:
        raise invalid_argument("cannot set and change the list at the same time")
    if "" in update.set or "" in changes:
        raise invalid_argument("empty element in the list")


def apply_list(items: Iterable[str], update: ListUpdate | None) -> list[str]:
    """The list after a checked update: removals first, then additions that are not in it yet."""
    if update is None:
        return list(items)
    if update.clear:
        return []
    if update.set:
        return list(update.set)
    kept = [item for item in items if item not in update.remove]
    for item in update.add:
        if item not in kept:
            kept.append(item)
    return kept


def check_dial(request: CreateSIPParticipantRequest) -> None:
    """What CreateSIPParticipant needs; it does not need an identity."""
    if not request.sip_trunk_id and request.trunk is None and not request.sip_number:
        raise invalid_argument("missing sip trunk id and sip number")
    if request.trunk is not None:
        _check_inline(request.trunk)
    if not request.sip_call_to:
        raise invalid_argument("missing sip callee number")
    if "@" in request.sip_call_to:
        raise invalid_argument("SipCallTo should be a phone number or SIP user, not a full SIP URI")
    if not request.room_name:
        raise invalid_argument("missing room name")
    if len((request.display_name or "").encode()) > MAX_DISPLAY_NAME:
        raise invalid_argument(f"DisplayName too long (max {MAX_DISPLAY_NAME} characters)")
    _check_destination(request.destination)
    _check_headers(request.headers)
    if request.media is not None and (request.media.media_timeout or timedelta()) > (
        MAX_MEDIA_TIMEOUT
    ):
        raise invalid_argument("media timeout is too long (max 10 minutes)")


def _check_inline(trunk: SIPOutboundConfig) -> None:
    if not trunk.hostname:
        raise invalid_argument("no outbound hostname specified")
    _check_host(trunk.hostname, "trunk hostname")
    _check_host(trunk.from_host, "from_host")
    _check_names(trunk.attributes_to_headers.values())
    _check_names(trunk.headers_to_attributes)


def _check_destination(place: Destination | None) -> None:
    if place is None:
        return
    if place.city and not (place.country or place.region):
        raise invalid_argument("if city is specified, country or region must also be specified")
    known = _COUNTRY.fullmatch(place.country) and place.country not in _NO_COUNTRIES
    if place.country and not known:
        forms = "2-letter like 'US', 'IN', 'UK'"
        raise invalid_argument(f"country must be a valid ISO 3166-1 alpha-2 code ({forms})")


def check_transfer(request: TransferSIPParticipantRequest) -> None:
    """What TransferSIPParticipant needs beyond room and identity."""
    target = request.transfer_to
    if not target:
        raise invalid_argument("missing transfer to")
    inside = target[1:-1] if target.startswith("<") and target.endswith(">") else target
    if not inside.startswith(("sip:", "sips:", "tel:")):
        raise invalid_argument(
            "transfer_to must be a valid SIP(s) or TEL URI (sip:, sips: or tel:)"
        )
    _check_headers(request.headers)
