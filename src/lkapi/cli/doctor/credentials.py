"""Whether the server accepts the credentials; if not, why it refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.auth import unverified
from lkapi.cli.doctor.findings import failure, ok
from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.failures import describe, exit_code
from lkapi.errors import (
    APIError,
    CredentialsError,
    InvalidTokenError,
    LiveKitError,
    PermissionDeniedError,
)
from lkapi.presentation.texts import show_duration
from lkapi.settings import APIKey, BearerToken

if TYPE_CHECKING:
    from lkapi.auth import Claims
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding

__all__ = ["NO_SUCH_ROOM", "check_credentials", "read_token"]

NO_SUCH_ROOM: Final = "lkapi-doctor-asks-for-no-room"
"""A filter that keeps lists short."""
_SKEW: Final = 60.0
_SAME_PROJECT: Final = "do url, API key and secret belong to the same server or project?"


def read_token(case: Case) -> Claims | None:
    """The claims of a token that was given; None for an API key, or if it is not a token."""
    if not isinstance(case.credentials, BearerToken):
        return None
    try:
        return unverified(case.credentials.token)
    except InvalidTokenError:
        return None


def check_credentials(case: Case) -> Finding:
    """Make one call that changes nothing, and see whether it fails because of the credentials."""
    try:
        case.client.room.list_rooms(names=[NO_SUCH_ROOM])
    except CredentialsError as error:
        if isinstance(error, PermissionDeniedError) or "permissions denied" in error.message:
            return _accepted(case)  # the token is valid but lacks this grant
        return _refused(case, error)
    except APIError as error:
        hint = error.hint or "look at the server's log"
        return failure("credentials", f"not judged: {describe(error)}", hint, exit_code(error))
    except LiveKitError as error:
        hint = "try again"
        return failure("credentials", f"not judged: {describe(error)}", hint, exit_code(error))
    return _accepted(case)


def _accepted(case: Case) -> Finding:
    if isinstance(case.credentials, APIKey):
        return ok("credentials", f"API key {case.credentials.key} and its secret are accepted")
    claims = read_token(case)
    text = "the token is accepted"
    if claims is not None and claims.exp is not None:
        text = f"{text}; it expires in {show_duration(claims.exp - case.clock())}"
    return ok("credentials", text)


def _refused(case: Case, error: APIError) -> Finding:
    text, advice = _explain(case, error.message)
    return failure("credentials", text, advice, ExitCode.REFUSED, server_says=error.message)


def _explain(case: Case, said: str) -> tuple[str, str]:
    """What the server's error text means, and what to do."""
    held, lower = case.credentials, said.lower()
    own_key = isinstance(held, APIKey)
    if "invalid api key" in lower:
        key = said.partition(":")[2].strip() or (held.key if isinstance(held, APIKey) else "")
        return f"the server does not know API key {key!r}", _SAME_PROJECT
    if "signature" in lower or "cryptographic" in lower:
        what = (
            f"the secret is not that of API key {held.key!r}"
            if isinstance(held, APIKey)
            else ("the token was not signed with the secret that the server has for its key")
        )
        return what, "copy key and secret again, without blanks or quotes around them"
    if "expired" in lower or "not valid yet" in lower or "not yet valid" in lower:
        return _explain_times(case, lower, own_key=own_key)
    return f"the server refuses the credentials: {said}", _SAME_PROJECT


def _explain_times(case: Case, said: str, *, own_key: bool) -> tuple[str, str]:
    late = "expired" in said
    what = "has ended" if late else "is not valid yet"
    if own_key or (case.skew is not None and abs(case.skew) > _SKEW):
        return f"by the server's clock the token {what}", "set the clock of this machine right"
    return f"the token {what}", "make a new one: `lkapi token create`"
