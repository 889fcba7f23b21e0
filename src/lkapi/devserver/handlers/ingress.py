"""Ingress: RTMP, WHIP and pulled media into rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.pagination import page_of
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.handlers.workers import (
    INGRESS_SEARCH,
    require_redis,
    require_worker,
    service_panic,
)
from lkapi.devserver.http.errors import inner_error
from lkapi.devserver.media.ingress_checks import (
    check_ingress,
    check_source_url,
    ingress_error,
    unknown_input_type,
)
from lkapi.errors import APIError, NotFoundError
from lkapi.methods.ingress import CREATE_INGRESS, DELETE_INGRESS, LIST_INGRESS, UPDATE_INGRESS
from lkapi.protocol.ingress import (
    CreateIngressRequest,
    DeleteIngressRequest,
    IngressInfo,
    IngressInput,
    IngressState,
    ListIngressRequest,
    ListIngressResponse,
    UpdateIngressRequest,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call

_TEXTS = (
    *("name", "room_name", "participant_identity", "participant_name"),
    "participant_metadata",
)


def _check_type(request: CreateIngressRequest) -> None:
    """Checked before the grants."""
    if request.input_type not in list(IngressInput):
        raise unknown_input_type()


@handles(CREATE_INGRESS, check_before_grants=_check_type)
def create_ingress(call: Call, request: CreateIngressRequest) -> IngressInfo:
    """Create an ingress with its own stream key; a worker begins to pull a URL at once."""
    require_redis(call, "ingress")
    ingresses, pulls = call.world.ingresses, request.input_type == IngressInput.URL_INPUT
    if pulls:
        check_source_url(request.url)
    info = IngressInfo(
        ingress_id=call.world.ids.make("IN_"),
        stream_key="" if pulls else call.world.ids.make(""),
        url=request.url if pulls else ingresses.base_url(request.input_type),
        input_type=request.input_type,
        audio=request.audio,
        video=request.video,
        enabled=request.enabled,
        reusable=not pulls,
        state=IngressState(),
        **{name: getattr(request, name) for name in _TEXTS},
    )
    _set_transcoding(info, enable=request.enable_transcoding, bypass=request.bypass_transcoding)
    check_ingress(info)
    if pulls:
        require_worker(call, INGRESS_SEARCH, present=call.world.config.has_ingress)
    ingresses.add(info)
    return ingresses.pull(info.ingress_id) if pulls else info.copy()


def _set_transcoding(info: IngressInfo, *, enable: bool | None, bypass: bool | None) -> None:
    """Set both spellings of one switch; by default only WHIP is not transcoded."""
    if enable is None and bypass:
        enable = False
    if enable is None:
        enable = info.input_type != IngressInput.WHIP_INPUT
    info.enable_transcoding = enable
    info.bypass_transcoding = not enable


def _not_found() -> APIError:
    return inner_error(NotFoundError, "not_found", "ingress does not exist")


@handles(UPDATE_INGRESS)
def update_ingress(call: Call, request: UpdateIngressRequest) -> IngressInfo:
    """Change the fields that are set; an ingress that pulls a URL cannot be changed."""
    if not call.world.config.redis:
        raise service_panic()
    stored = call.world.ingresses.find(request.ingress_id)
    if stored is None:
        raise _not_found()
    if not stored.info.reusable:
        raise ingress_error("ingress is not reusable and cannot be modified")
    changed = _apply(stored.info, request)
    check_ingress(changed)
    stored.info = changed
    return changed.copy()


def _apply(info: IngressInfo, request: UpdateIngressRequest) -> IngressInfo:
    changes = {name: text for name in _TEXTS if (text := getattr(request, name))}
    for name in ("audio", "video", "enabled"):
        value = getattr(request, name)
        if value is not None:
            changes[name] = value
    changed = info.copy(**changes)
    if request.enable_transcoding is not None or request.bypass_transcoding is not None:
        bypass = request.bypass_transcoding
        enable = request.enable_transcoding if bypass is None else not bypass
        _set_transcoding(changed, enable=enable, bypass=None)
    return changed


@handles(LIST_INGRESS)
def list_ingress(call: Call, request: ListIngressRequest) -> ListIngressResponse:
    """One ingress by id, which has precedence over the room; or those of a room, or all."""
    require_redis(call, "ingress")
    if request.ingress_id:
        stored = call.world.ingresses.find(request.ingress_id)
        if stored is None:
            raise _not_found()
        return ListIngressResponse(items=[stored.info.copy()])
    found = [
        info
        for info in call.world.ingresses.all()
        if not request.room_name or info.room_name == request.room_name
    ]
    if not call.world.config.cloud:
        return ListIngressResponse(items=found)
    page, following = page_of(found, request.page_token, call.world.config.page_size)
    return ListIngressResponse(items=page, next_page_token=following)


@handles(DELETE_INGRESS)
def delete_ingress(call: Call, request: DeleteIngressRequest) -> IngressInfo:
    """Delete an ingress; one that publishes ends."""
    if not call.world.config.redis:
        raise service_panic()
    info = call.world.ingresses.delete(request.ingress_id)
    if info is None:
        raise _not_found()
    return info
