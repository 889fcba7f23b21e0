"""RoomService: data packets to participants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.participant import MISSING_WAIT
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.http.errors import no_response
from lkapi.errors import InvalidArgumentError
from lkapi.methods.room import SEND_DATA
from lkapi.protocol.room import SendDataRequest, SendDataResponse

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call

NONCE_BYTES = 16


@handles(SEND_DATA)
def send_data(call: Call, request: SendDataRequest) -> SendDataResponse:
    """Send a packet to the participants of a room; there may be none."""
    length = len(request.nonce)
    if length not in (0, NONCE_BYTES):
        text = f"nonce should be 16-bytes or not present, got: {length} bytes"
        raise InvalidArgumentError("invalid_argument", text)
    room = call.world.find_room(request.room)
    if room is None:
        call.wait(MISSING_WAIT)
        raise no_response()
    room.deliver(request)
    return SendDataResponse()
