"""One phone call, from outside or to the outside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import attrs

from lkapi.devserver.telephony.callees import Callee
from lkapi.errors import LiveKitError
from lkapi.protocol.sip import SIPTransferInfo

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant

__all__ = ["CALL_ID", "STATUS", "CallNotTakenError", "PhoneCall"]

CALL_ID: Final = "sip.callID"
"""Participant attribute that holds the id of the call."""
STATUS: Final = "sip.callStatus"
"""Participant attribute that holds the state of the call."""


class CallNotTakenError(LiveKitError):
    """No trunk or dispatch rule matches a call from outside."""


@attrs.define(eq=False, kw_only=True)
class PhoneCall:
    """One call, with its participant."""

    call_id: str
    direction: Literal["inbound", "outbound"]
    number: str
    """The number at the far end."""
    trunk_id: str = ""
    """Empty for an inline trunk."""
    participant: SimulatedParticipant
    transferred_to: str = ""
    """Target of a transfer that succeeded."""
    transfers: list[SIPTransferInfo] = attrs.field(factory=list[SIPTransferInfo])
    """Every attempted transfer, oldest first, with its progress."""
    answered_at: float | None = None
    ends_at: float = attrs.field(default=math.inf, repr=False)
    callee: Callee = attrs.field(factory=Callee, repr=False)

    @property
    def status(self) -> str:
        """``dialing``, ``active`` or ``hangup``, as the participant's attribute says."""
        return self.participant.info.attributes.get(STATUS, "")

    @property
    def active(self) -> bool:
        """Whether the call is connected."""
        return self.status == "active" and self.participant.connected
