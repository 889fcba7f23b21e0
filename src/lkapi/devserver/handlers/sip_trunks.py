"""SIP: inbound and outbound trunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.handlers.workers import require_redis
from lkapi.devserver.telephony.sip_checks import (
    apply_list,
    as_server_fault,
    check_inbound,
    check_list,
    check_outbound,
    invalid_argument,
    trunk_not_found,
)
from lkapi.devserver.telephony.trunks import number_matches, page_after
from lkapi.errors import APIError
from lkapi.methods.sip import (
    CREATE_SIP_INBOUND_TRUNK,
    CREATE_SIP_OUTBOUND_TRUNK,
    DELETE_SIP_TRUNK,
    GET_SIP_INBOUND_TRUNK,
    GET_SIP_OUTBOUND_TRUNK,
    LIST_SIP_INBOUND_TRUNK,
    LIST_SIP_OUTBOUND_TRUNK,
    LIST_SIP_TRUNK,
    UPDATE_SIP_INBOUND_TRUNK,
    UPDATE_SIP_OUTBOUND_TRUNK,
)
from lkapi.protocol.sip import (
    CreateSIPInboundTrunkRequest,
    CreateSIPOutboundTrunkRequest,
    DeleteSIPTrunkRequest,
    GetSIPInboundTrunkRequest,
    GetSIPInboundTrunkResponse,
    GetSIPOutboundTrunkRequest,
    GetSIPOutboundTrunkResponse,
    ListSIPInboundTrunkRequest,
    ListSIPInboundTrunkResponse,
    ListSIPOutboundTrunkRequest,
    ListSIPOutboundTrunkResponse,
    ListSIPTrunkRequest,
    ListSIPTrunkResponse,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPInboundTrunkUpdate,
    SIPMediaConfig,
    SIPOutboundTrunkInfo,
    SIPOutboundTrunkUpdate,
    SIPTrunkInfo,
    UpdateSIPInboundTrunkRequest,
    UpdateSIPOutboundTrunkRequest,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call

_INBOUND_TEXTS = ("auth_username", "auth_password", "auth_realm", "name", "metadata")
_OUTBOUND_TEXTS = (
    *("address", "transport", "destination_country", "auth_username", "auth_password"),
    *("name", "metadata", "from_host"),
)
_LEGACY = SIPTrunkInfo.TrunkKind


@handles(CREATE_SIP_INBOUND_TRUNK)
def create_inbound(call: Call, request: CreateSIPInboundTrunkRequest) -> SIPInboundTrunkInfo:
    """Store a trunk for calls from outside."""
    require_redis(call, "sip")
    trunk = request.trunk
    if trunk is None:
        raise invalid_argument("missing trunk")
    if trunk.sip_trunk_id:
        raise invalid_argument("trunk id must not be set")
    check_inbound(trunk)
    return call.world.trunks.add_inbound(trunk)


@handles(CREATE_SIP_OUTBOUND_TRUNK)
def create_outbound(call: Call, request: CreateSIPOutboundTrunkRequest) -> SIPOutboundTrunkInfo:
    """Store a trunk for calls to the outside."""
    require_redis(call, "sip")
    trunk = request.trunk
    if trunk is None:
        raise invalid_argument("missing trunk")
    if trunk.sip_trunk_id:
        raise invalid_argument("trunk id must not be set")
    check_outbound(trunk)
    return call.world.trunks.add_outbound(trunk)


@handles(UPDATE_SIP_INBOUND_TRUNK)
def update_inbound(call: Call, request: UpdateSIPInboundTrunkRequest) -> SIPInboundTrunkInfo:
    """Replace a trunk, or change some of it."""
    require_redis(call, "sip")
    _check_action(request)
    if request.replace is not None:
        check_inbound(request.replace)
    elif request.update is not None:
        for items in ("numbers", "allowed_addresses", "allowed_numbers"):
            check_list(getattr(request.update, items))
    current = call.world.trunks.inbound.get(request.sip_trunk_id)
    if current is None:
        raise trunk_not_found()
    if request.replace is not None:
        changed = request.replace.copy(sip_trunk_id=request.sip_trunk_id)
    else:
        changed = _apply_inbound(current, request.update or SIPInboundTrunkUpdate())
    return call.world.trunks.put_inbound(changed)


@handles(UPDATE_SIP_OUTBOUND_TRUNK)
def update_outbound(call: Call, request: UpdateSIPOutboundTrunkRequest) -> SIPOutboundTrunkInfo:
    """Replace a trunk, or change some of it."""
    require_redis(call, "sip")
    _check_action(request)
    if request.replace is not None:
        check_outbound(request.replace)
    elif request.update is not None:
        check_list(request.update.numbers)
    trunks = call.world.trunks.outbound
    current = trunks.get(request.sip_trunk_id)
    if current is None:
        raise trunk_not_found()
    if request.replace is not None:
        changed = request.replace.copy(sip_trunk_id=request.sip_trunk_id)
    else:
        changed = _apply_outbound(current, request.update or SIPOutboundTrunkUpdate())
    trunks[request.sip_trunk_id] = changed
    return changed.copy()


def _check_action(request: UpdateSIPInboundTrunkRequest | UpdateSIPOutboundTrunkRequest) -> None:
    if not request.sip_trunk_id:
        raise invalid_argument("trunk id must be set")
    if request.which_oneof("action") is None:
        raise invalid_argument("missing or unsupported update action")
    if request.replace is not None and request.replace.sip_trunk_id not in (
        "",
        request.sip_trunk_id,
    ):
        raise invalid_argument("trunk id in the info must be empty or match the id in the update")


def _apply_inbound(
    current: SIPInboundTrunkInfo, update: SIPInboundTrunkUpdate
) -> SIPInboundTrunkInfo:
    changed = current.copy(
        numbers=apply_list(current.numbers, update.numbers),
        allowed_addresses=apply_list(current.allowed_addresses, update.allowed_addresses),
        allowed_numbers=apply_list(current.allowed_numbers, update.allowed_numbers),
    )
    set_given(changed, update, _INBOUND_TEXTS)
    set_media(changed, update)
    try:
        check_inbound(changed)
    except APIError as error:
        raise as_server_fault(error) from None
    return changed


def _apply_outbound(
    current: SIPOutboundTrunkInfo, update: SIPOutboundTrunkUpdate
) -> SIPOutboundTrunkInfo:
    changed = current.copy(numbers=apply_list(current.numbers, update.numbers))
    set_given(changed, update, _OUTBOUND_TEXTS)
    set_media(changed, update)
    try:
        check_outbound(changed)
    except APIError as error:
        raise as_server_fault(error) from None
    return changed


def set_given(changed: object, update: object, names: tuple[str, ...]) -> None:
    """Set the fields of an update: an absent one keeps the value, an empty string clears it."""
    for name in names:
        value = getattr(update, name)
        if value is not None:
            setattr(changed, name, value)


def set_media(
    changed: SIPInboundTrunkInfo | SIPOutboundTrunkInfo | SIPDispatchRuleInfo, update: object
) -> None:
    """Set the media settings; the old and the new field for encryption are kept equal."""
    set_given(changed, update, ("media", "media_encryption"))
    upgrade_media(changed)


def upgrade_media(info: SIPInboundTrunkInfo | SIPOutboundTrunkInfo | SIPDispatchRuleInfo) -> None:
    """Copy the older field into ``media``, or back; ``media`` is present from then on."""
    media = info.media or SIPMediaConfig()
    if media.encryption is None and info.media_encryption:
        media.encryption = info.media_encryption
    if media.encryption is not None:
        info.media_encryption = media.encryption
    info.media = media


@handles(GET_SIP_INBOUND_TRUNK)
def get_inbound(call: Call, request: GetSIPInboundTrunkRequest) -> GetSIPInboundTrunkResponse:
    """One inbound trunk by id."""
    require_redis(call, "sip")
    trunk = call.world.trunks.inbound.get(_need_id(request.sip_trunk_id))
    if trunk is None:
        raise trunk_not_found()
    return GetSIPInboundTrunkResponse(trunk=trunk.copy())


@handles(GET_SIP_OUTBOUND_TRUNK)
def get_outbound(call: Call, request: GetSIPOutboundTrunkRequest) -> GetSIPOutboundTrunkResponse:
    """One outbound trunk by id."""
    require_redis(call, "sip")
    trunk = call.world.trunks.outbound.get(_need_id(request.sip_trunk_id))
    if trunk is None:
        raise trunk_not_found()
    return GetSIPOutboundTrunkResponse(trunk=trunk.copy())


def _need_id(trunk_id: str) -> str:
    if not trunk_id:
        raise invalid_argument("trunk ID is required")
    return trunk_id


@handles(LIST_SIP_INBOUND_TRUNK)
def list_inbound(call: Call, request: ListSIPInboundTrunkRequest) -> ListSIPInboundTrunkResponse:
    """Inbound trunks by id and number, in the order of their ids."""
    require_redis(call, "sip")
    found = [
        (trunk.sip_trunk_id, trunk)
        for trunk in call.world.trunks.sorted_inbound()
        if (not request.trunk_ids or trunk.sip_trunk_id in request.trunk_ids)
        and number_matches(request.numbers, trunk.numbers)
    ]
    items = page_after(found, request.page, keep_limit=call.world.config.cloud)
    return ListSIPInboundTrunkResponse(items=items)


@handles(LIST_SIP_OUTBOUND_TRUNK)
def list_outbound(call: Call, request: ListSIPOutboundTrunkRequest) -> ListSIPOutboundTrunkResponse:
    """Outbound trunks by id and number, in the order of their ids."""
    require_redis(call, "sip")
    found = [
        (trunk.sip_trunk_id, trunk)
        for trunk in call.world.trunks.sorted_outbound()
        if (not request.trunk_ids or trunk.sip_trunk_id in request.trunk_ids)
        and number_matches(request.numbers, trunk.numbers)
    ]
    items = page_after(found, request.page, keep_limit=call.world.config.cloud)
    return ListSIPOutboundTrunkResponse(items=items)


@handles(LIST_SIP_TRUNK)
def list_trunks(call: Call, request: ListSIPTrunkRequest) -> ListSIPTrunkResponse:
    """Trunks of both kinds in the old form, which has one number for each."""
    require_redis(call, "sip")
    trunks = call.world.trunks
    shown = [_show_inbound(trunk) for trunk in trunks.inbound.values()]
    shown += [_show_outbound(trunk) for trunk in trunks.outbound.values()]
    start = request.page.after_id if request.page is not None else ""
    items = [trunk for trunk in shown if not start or trunk.sip_trunk_id > start]
    return ListSIPTrunkResponse(items=sorted(items, key=lambda trunk: trunk.sip_trunk_id))


def _show_inbound(trunk: SIPInboundTrunkInfo) -> SIPTrunkInfo:
    return SIPTrunkInfo(
        sip_trunk_id=trunk.sip_trunk_id,
        kind=_LEGACY.TRUNK_INBOUND,
        name=trunk.name,
        metadata=trunk.metadata,
        outbound_number=trunk.numbers[0] if trunk.numbers else "",
        inbound_addresses=list(trunk.allowed_addresses),
        inbound_numbers=list(trunk.allowed_numbers),
        inbound_username=trunk.auth_username,
        inbound_password=trunk.auth_password,
    )


def _show_outbound(trunk: SIPOutboundTrunkInfo) -> SIPTrunkInfo:
    return SIPTrunkInfo(
        sip_trunk_id=trunk.sip_trunk_id,
        kind=_LEGACY.TRUNK_OUTBOUND,
        name=trunk.name,
        metadata=trunk.metadata,
        outbound_address=trunk.address,
        transport=trunk.transport,
        outbound_number=trunk.numbers[0] if trunk.numbers else "",
        outbound_username=trunk.auth_username,
        outbound_password=trunk.auth_password,
    )


@handles(DELETE_SIP_TRUNK)
def delete_trunk(call: Call, request: DeleteSIPTrunkRequest) -> SIPTrunkInfo:
    """Delete a trunk; the response has only the id, also for an unknown trunk."""
    require_redis(call, "sip")
    if not request.sip_trunk_id:
        raise invalid_argument("trunk ID is required")
    call.world.trunks.delete(request.sip_trunk_id)
    return SIPTrunkInfo(sip_trunk_id=request.sip_trunk_id)
