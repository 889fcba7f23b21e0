"""The effect of ``X-Lk-Mock`` on a call whose token and grants are valid.

The order is the official test server's: pinned regions, delay, SIP status, failing regions,
response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.faults.controls import DIALS
from lkapi.devserver.http.bodies import encode_sparse
from lkapi.devserver.http.regions import REGION_HEADER, is_pinned_away, pinned_response
from lkapi.devserver.http.responses import error_response
from lkapi.devserver.telephony.sip_errors import sip_status_error
from lkapi.errors import APIError, DecodeError
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lkapi.devserver.faults.controls import Controls
    from lkapi.devserver.runtime.call_time import CallTime
    from lkapi.methods.info import MethodInfo

__all__ = ["Interruption", "interrupt"]

_LONGEST_DELAY: Final = 86_400.0
"""Longest delay in seconds: with more, the clock would soon be outside the range of dates."""


class Interruption(Exception):  # noqa: N818 - not an error: the header demands it
    """Ends the call with this response, or without one."""

    def __init__(self, response: Response | None) -> None:
        super().__init__(response)
        self.response = response


def interrupt(
    time: CallTime,
    controls: Controls,
    row: MethodInfo[Any, Any] | None,
    content_type: str,
    *,
    region: int,
    pinned: Sequence[str] = (),
    server_version: str = "",
) -> None:
    """Apply the controls of a request to its call.

    Raises:
        Interruption: with the response, or with None to close the connection without one.
    """
    if is_pinned_away(region, controls.pinned or pinned):
        raise Interruption(pinned_response())
    if controls.delay_ms:
        time.hold(min(max(controls.delay_ms / 1000, 0.0), _LONGEST_DELAY))
    if str(row) in DIALS and controls.sip_code is not None:
        raise Interruption(sip_response(controls, server_version))
    if region in controls.fail_regions:
        raise Interruption(_failure_response(controls))
    if controls.response is not None and row is not None:
        raise Interruption(_given_response(controls.response, row, content_type))


def sip_response(controls: Controls, server_version: str) -> Response:
    """The response to a dial: an error even for 200, which has no code then (recorded)."""
    code = controls.sip_code or 0
    error = sip_status_error(code, controls.sip_reason, server_version=server_version)
    if 200 <= code < 300:
        error.code, error.status, error.metadata = "", 200, {}
    response = error_response(error)
    return Response(response.status, {**response.headers, REGION_HEADER: ""}, response.content)


def _failure_response(controls: Controls) -> Response | None:
    if controls.fail_mode == "drop":
        return None
    status = controls.fail_status
    message = f"mock failure (status {status})"
    return error_response(APIError(controls.twirp_code, message, status=status))


def _given_response(value: Any, row: MethodInfo[Any, Any], content_type: str) -> Response:
    try:
        message = row.response.from_dict(value)
    except DecodeError as error:
        text = f"X-Lk-Mock: response is not a {row.response.__name__}: {error}"
        return error_response(APIError("malformed", text))
    return encode_sparse(message, content_type)
