"""The progress of one transfer of a phone call, from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.protocol.sip import (
    SIPStatus,
    SIPTransferInfo,
    SIPTransferReason,
    SIPTransferStatus,
)

if TYPE_CHECKING:
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.telephony.callees import Callee
    from lkapi.errors import APIError

__all__ = ["begin_transfer", "fail_transfer", "finish_transfer"]


def begin_transfer(runtime: Runtime, call_id: str, target: str) -> SIPTransferInfo:
    """Start a transfer: the target rings."""
    return SIPTransferInfo(
        transfer_id=runtime.ids.make("STR_"),
        call_id=call_id,
        transfer_to=target,
        transfer_initiated_at_ns=_now(runtime),
        transfer_status=SIPTransferStatus.STS_TRANSFER_ONGOING,
    )


def finish_transfer(runtime: Runtime, transfer: SIPTransferInfo) -> None:
    """The target has answered."""
    _end(runtime, transfer, SIPTransferStatus.STS_TRANSFER_SUCCESSFUL)
    transfer.reason = SIPTransferReason.STR_COMPLETED


def fail_transfer(
    runtime: Runtime, transfer: SIPTransferInfo, callee: Callee, error: APIError
) -> None:
    """The target has refused, or rang for too long; the call continues."""
    _end(runtime, transfer, SIPTransferStatus.STS_TRANSFER_FAILED)
    transfer.error = error.message
    if callee.answers or error.code in ("deadline_exceeded", "canceled"):
        transfer.reason = SIPTransferReason.STR_RINGING_TIMEOUT
    elif not callee.broken:
        transfer.reason = SIPTransferReason.STR_REJECTED
        transfer.transfer_status_code = SIPStatus(code=callee.status, status=callee.reason)


def _end(runtime: Runtime, transfer: SIPTransferInfo, status: SIPTransferStatus) -> None:
    transfer.transfer_status = status
    transfer.transfer_completed_at_ns = _now(runtime)


def _now(runtime: Runtime) -> int:
    return int(runtime.clock.now() * 1_000_000_000)
