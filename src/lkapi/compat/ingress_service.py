"""What ``livekit.api.ingress_service`` offers, under the same names."""

from __future__ import annotations

from typing import Final

from lkapi.auth import VideoGrants
from lkapi.protocol.ingress import (
    CreateIngressRequest,
    DeleteIngressRequest,
    IngressInfo,
    ListIngressRequest,
    ListIngressResponse,
    UpdateIngressRequest,
)
from lkapi.services._base import Service
from lkapi.services.ingress import IngressService

__all__ = [
    "SVC",
    "CreateIngressRequest",
    "DeleteIngressRequest",
    "IngressInfo",
    "IngressService",
    "ListIngressRequest",
    "ListIngressResponse",
    "Service",
    "UpdateIngressRequest",
    "VideoGrants",
]

SVC: Final = "Ingress"
"""Name of the service on the wire."""
