"""The HTTP response to a call: whether it holds a message, and what it says otherwise."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.errors import APIError, DecodeError, mask_tokens
from lkapi.errors.error_response import ErrorResponse, parse_retry_after, read_error_response
from lkapi.rpc.retry import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.methods.info import MethodInfo, Needs, Req, Res
    from lkapi.transports.base import Response

_MESSAGE_TYPES: Final = frozenset(["", "application/protobuf", "application/x-protobuf"])
_MAX_SHOWN: Final = 200
_MAX_READ: Final = 64 * 1024
"""How many bytes are read of a response that contains no message."""
_MASK: Final = "[token]"
_MIN_SECRET: Final = 8
_GAP: Final = r"(?:[\s\"',]|\\+[nrt])*"
_SPELLINGS: Final = {
    "-": r"(?:-|%2d|\\+u002d|&#45;|&#x2d;)",
    "_": r"(?:_|%5f|\\+u005f|&#95;|&#x5f;)",
}
"""Other ways in which a character of a token may be written."""
_SECRET_HEADERS: Final = frozenset(["authorization", "set-cookie", "proxy-authenticate"])


@attrs.frozen
class FailedCall:
    """A response other than 200."""

    response: ErrorResponse
    headers: Mapping[str, str]

    @property
    def outcome(self) -> Outcome:
        """Whether another attempt may change it; a phone call's outcome is final."""
        status = self.response.status
        if self.response.is_sip:
            return Outcome.FINAL
        if status == 451:
            return Outcome.WRONG_REGION
        if status == 429:
            return Outcome.RATE_LIMITED
        return Outcome.SERVER_ERROR if status >= 500 else Outcome.FINAL

    @property
    def unavailable(self) -> bool:
        """Whether the server itself, and no proxy, said ``unavailable``."""
        response = self.response
        return response.code == "unavailable" and not response.is_sip and not response.intermediary

    @property
    def credentials(self) -> bool:
        """Whether the server refused the token or lacks a grant in it."""
        response = self.response
        if response.is_sip:
            return False
        if response.intermediary:
            return response.status == 401
        return response.code in ("unauthenticated", "permission_denied")

    def credentials_hint(self, needs: Needs) -> str:
        """What to check: the secret, if the token itself was refused, otherwise its grants."""
        if self.response.intermediary:
            return "do the url, the API key and its secret belong to the same server or project?"
        return f"this call needs a token with {needs.describe()}"

    def error(self, method: MethodInfo[Req, Res], request_id: str, origin: str) -> APIError:
        """The exception to raise, complete except for the attempts."""
        response = self.response
        return response.error_class(
            response.code,
            response.message,
            status=response.status,
            metadata=response.metadata,
            method=str(method),
            request_id=request_id,
            region=origin.partition("://")[2],
            retry_after=parse_retry_after(self.headers.get("retry-after"), time.time()),
            headers={
                k: mask_tokens(v) for k, v in self.headers.items() if k not in _SECRET_HEADERS
            },
        )


def hide_token(response: Response, authorization: str) -> Response:
    """The same response without the call's own token, however it is spelled there.

    Some servers repeat the token that they refuse: quoted, escaped, in lines, or only its end. Its
    last segment makes it valid, so that is removed.
    """
    secret = authorization.rpartition(" ")[2].rpartition(".")[2]
    if len(secret) < _MIN_SECRET:
        return response
    shape = re.compile(_GAP.join(_SPELLINGS.get(c, re.escape(c)) for c in secret), re.IGNORECASE)
    content = shape.sub(_MASK, response.content[:_MAX_READ].decode("latin-1")).encode("latin-1")
    headers = {name: shape.sub(_MASK, text) for name, text in response.headers.items()}
    return attrs.evolve(response, headers=headers, content=content)


def holds_message(response: Response) -> bool:
    """Whether it is the response to a call that succeeded."""
    if response.status != 200:
        return False
    given = response.headers.get("content-type", "")
    return given in _MESSAGE_TYPES or _kind(response) in _MESSAGE_TYPES


def _kind(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_failure(response: Response, expected: type[Res]) -> FailedCall:
    """Read a response that holds no message as an error.

    Raises:
        DecodeError: a 200 with something other than a message.
    """
    if response.status != 200:
        failed = read_error_response(response.status, response.headers, response.content)
        return FailedCall(failed, response.headers)
    kind = _kind(response)
    raise DecodeError(
        f"HTTP 200 with {kind!r} instead of a {expected.__name__}: "
        f"is the url that of a LiveKit server?{_beginning(kind, response.content)}"
    )


def _beginning(kind: str, content: bytes) -> str:
    """How a page begins. Other data is not shown: it may be a message with secrets."""
    if not kind.startswith("text/"):
        return ""
    text = content[: _MAX_SHOWN * 4].decode("utf-8", "replace")
    shown = mask_tokens(" ".join(text.split()))[:_MAX_SHOWN]
    return f" The response begins {shown!r}"
