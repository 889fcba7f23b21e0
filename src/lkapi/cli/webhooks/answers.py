"""From a receiver's response to the error that ends a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.failures import Failure, describe, exit_code
from lkapi.cli.webhooks.posting import is_success, what_livekit_does

if TYPE_CHECKING:
    from lkapi.cli.webhooks.posting import Outcome

__all__ = ["check_outcome"]


def check_outcome(outcome: Outcome) -> None:
    """Raise the outcome of posting as an error, unless the receiver accepted the delivery.

    Raises:
        TransportError: there was no response in time.
        Failure: the receiver could not be reached, refused it, or failed.
    """
    if outcome.error is not None:
        if exit_code(outcome.error) is ExitCode.NETWORK:
            advice = "check the address of --to, and that the receiver is running"
            raise Failure(describe(outcome.error), ExitCode.NETWORK, advice=advice)
        raise outcome.error
    status = outcome.status
    if is_success(status):
        return
    code, advice = ExitCode.SERVER, "see the receiver's log"
    if status in (401, 403):
        code = ExitCode.REFUSED
        advice = "does the receiver verify with the key and secret that signed this?"
    elif status == 404:
        code, advice = ExitCode.NOT_FOUND, "is the path of the url right?"
    elif status < 500:
        code = ExitCode.INVALID
    follows = what_livekit_does(status)
    raise Failure(
        f"the receiver responded with {status}; {follows} after that", code, advice=advice
    )
