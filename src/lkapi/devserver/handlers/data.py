"""RoomService: what is sent to participants, data packets and remote procedure calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.participant import MISSING_WAIT, reach
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.http.refusals import inner, no_response
from lkapi.devserver.rooms import rpc
from lkapi.errors import InvalidArgumentError
from lkapi.methods.room import PERFORM_RPC, SEND_DATA
from lkapi.protocol.room import (
    PerformRpcRequest,
    PerformRpcResponse,
    SendDataRequest,
    SendDataResponse,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call

NONCE_BYTES = 16


@handles(SEND_DATA)
def send_data(call: Call, request: SendDataRequest) -> SendDataResponse:
    """Send a packet to those who are there, be it nobody."""
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


@handles(PERFORM_RPC)
def perform_rpc(call: Call, request: PerformRpcRequest) -> PerformRpcResponse:
    """Call a participant's method and wait for its answer."""
    if not request.destination_identity:
        text = "destination identity is required"
        raise inner(InvalidArgumentError, "invalid_argument", text)
    participant = reach(call, request.room, request.destination_identity)
    timeout = request.response_timeout_ms / 1000 or rpc.DEFAULT_TIMEOUT
    answer = rpc.perform_rpc(call, participant, request.method, request.payload, timeout)
    return PerformRpcResponse(payload=answer)
