"""Phone calls in a snapshot.

A ringing call continues to ring after a restart: the time at which it ends is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.devserver.snapshots.values import write_messages, write_time
from lkapi.devserver.telephony.callees import Callee
from lkapi.devserver.telephony.phone_call import PhoneCall
from lkapi.protocol.sip import SIPTransferInfo

if TYPE_CHECKING:
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["load_call", "save_call"]


def save_call(placed: PhoneCall, people: People) -> dict[str, Any]:
    """One call as part of a snapshot."""
    return {
        "call_id": placed.call_id,
        "direction": placed.direction,
        "number": placed.number,
        "trunk_id": placed.trunk_id,
        "participant": people.refer(placed.participant),
        "transferred_to": placed.transferred_to,
        "transfers": write_messages(placed.transfers),
        "answered_at": placed.answered_at,
        "ends_at": write_time(placed.ends_at),
        "callee": placed.callee.save(),
    }


def load_call(saved: Saved, people: People) -> PhoneCall:
    """Read what ``save_call`` wrote.

    Raises:
        SnapshotError: naming what cannot be read.
    """
    direction = saved.at("direction").text()
    return PhoneCall(
        call_id=saved.at("call_id").text(),
        direction="inbound" if direction == "inbound" else "outbound",
        number=saved.at("number").text(),
        trunk_id=saved.at("trunk_id").text(),
        participant=people.find(saved.at("participant")),
        transferred_to=saved.at("transferred_to").text(),
        transfers=saved.at("transfers").messages(SIPTransferInfo),
        answered_at=saved.at("answered_at").maybe_number(),
        ends_at=saved.at("ends_at").time(),
        callee=Callee.load(saved.at("callee")),
    )
