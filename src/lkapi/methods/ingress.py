"""The rows of the Ingress service: RTMP, WHIP and pulled media into rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.ingress import (
    CreateIngressRequest,
    DeleteIngressRequest,
    IngressInfo,
    ListIngressRequest,
    ListIngressResponse,
    UpdateIngressRequest,
)

if TYPE_CHECKING:
    from lkapi.message import Message

_ADMIN = Needs.of(video={"ingressAdmin": True})


def _admin(_: Message) -> Needs:
    return _ADMIN


CREATE_INGRESS: Final = MethodInfo(
    service="Ingress",
    name="CreateIngress",
    request=CreateIngressRequest,
    response=IngressInfo,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    old_keyword="create",
)
UPDATE_INGRESS: Final = MethodInfo(
    service="Ingress",
    name="UpdateIngress",
    request=UpdateIngressRequest,
    response=IngressInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="update",
)
LIST_INGRESS: Final = MethodInfo(
    service="Ingress",
    name="ListIngress",
    request=ListIngressRequest,
    response=ListIngressResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
    old_keyword="list",
)
DELETE_INGRESS: Final = MethodInfo(
    service="Ingress",
    name="DeleteIngress",
    request=DeleteIngressRequest,
    response=IngressInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
    old_keyword="delete",
)
