"""PerformRpc: calls a participant's method, with the recorded retries (behaviour 40).

A handler that takes longer than 3 s is run again, after 3 s and after 8 s, three times in all, and
the payload of the last run is returned, regardless of ``response_timeout_ms``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.devserver.handlers.participant import reach
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.http.errors import inner_error
from lkapi.devserver.rooms.limits import size
from lkapi.devserver.rooms.rpc import RpcError, RpcHandler, RpcInvocation, RpcMethod
from lkapi.errors import (
    APIError,
    CanceledError,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
)
from lkapi.methods.room import PERFORM_RPC
from lkapi.protocol.room import PerformRpcRequest, PerformRpcResponse

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.rooms.participants import SimulatedParticipant

MAX_PAYLOAD: Final = 15 * 1024
"""Bytes of a request's or response's payload."""
DEFAULT_TIMEOUT: Final = 10.0
"""Seconds, if the request does not say."""
_WINDOWS: Final = (3.0, 5.0, 7.0)
"""Seconds that the server waits for each run before it tries again."""

_ERROR_CLASS: Final[dict[int, tuple[type[APIError], str]]] = {
    1400: (InvalidArgumentError, "invalid_argument"),
    1402: (InvalidArgumentError, "invalid_argument"),
    1501: (CanceledError, "canceled"),
    1502: (CanceledError, "canceled"),
}


@handles(PERFORM_RPC)
def perform_rpc(call: Call, request: PerformRpcRequest) -> PerformRpcResponse:
    """Call a participant's method and wait for its payload."""
    if not request.destination_identity:
        text = "destination identity is required"
        raise inner_error(InvalidArgumentError, "invalid_argument", text)
    participant = reach(call, request.room, request.destination_identity)
    timeout = request.response_timeout_ms / 1000 or DEFAULT_TIMEOUT
    payload = _perform(call, participant, request.method, request.payload, timeout)
    return PerformRpcResponse(payload=payload)


def _perform(
    call: Call, participant: SimulatedParticipant, method: str, payload: str, timeout: float
) -> str:
    """Run a method as the server would."""
    try:
        registered = _find_method(call, participant, method, payload, timeout)
        return _run_with_retries(call, registered, method, payload, timeout)
    except RpcError as error:
        kind, code = _ERROR_CLASS.get(error.code, (InternalError, "internal"))
        raise inner_error(kind, code, str(error)) from None


def _find_method(
    call: Call, participant: SimulatedParticipant, method: str, payload: str, timeout: float
) -> RpcMethod:
    if size(payload) > MAX_PAYLOAD:
        raise RpcError(1402, "Request payload too large")
    if not participant.active:
        call.wait(min(timeout, sum(_WINDOWS)))
        raise RpcError(1501, "Connection timeout")
    registered = participant.rpc_methods.get(method)
    if registered is None:
        raise RpcError(1400, "Method not supported at destination")
    return registered


def _run_with_retries(
    call: Call, registered: RpcMethod, method: str, payload: str, timeout: float
) -> str:
    caller = call.world.ids.uuid()
    for window in _WINDOWS:
        run = RpcInvocation(method, payload, caller, timeout, call.world.clock.now())
        outcome = _run(registered.handler, run)
        if registered.takes < min(window, timeout):
            call.wait(registered.takes)
            return _check_outcome(outcome)
        call.wait(min(window, timeout))
        if timeout <= window:
            raise RpcError(1502, "Response timeout")
    raise inner_error(DeadlineExceededError, "deadline_exceeded", "request timed out")


def _run(handler: RpcHandler, run: RpcInvocation) -> str | RpcError:
    try:
        return handler(run)
    except RpcError as error:
        return error
    except Exception:  # noqa: BLE001 - callers see this error for any exception
        return RpcError(1500, "Application error in method handler")


def _check_outcome(outcome: str | RpcError) -> str:
    if isinstance(outcome, RpcError):
        raise outcome
    if size(outcome) > MAX_PAYLOAD:
        raise RpcError(1504, "Response payload too large")
    return outcome
