"""From an exception to an exit code and one readable block on standard error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from lkapi.cli.exit_codes import ExitCode
from lkapi.presentation.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Failure", "describe", "exit_code", "masked", "report"]

DEV_SECRET: Final = "secret"  # noqa: S105
"""The secret of ``livekit-server --dev``: it is public, and a word in these texts."""

_MASK: Final = "***"
_LONG: Final = 8


class Failure(click.ClickException):
    """An error of the command itself, with its exit code and what to do."""

    def __init__(self, message: str, code: ExitCode, *, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.advice = advice


_CODES: Final = (
    ("SettingsError", ExitCode.SETTINGS),
    ("SIPCallError", ExitCode.CALL),
    ("CredentialsError", ExitCode.REFUSED),
    ("NotFoundError", ExitCode.NOT_FOUND),
    ("AlreadyExistsError", ExitCode.CONFLICT),
    ("FailedPreconditionError", ExitCode.CONFLICT),
    ("AbortedError", ExitCode.CONFLICT),
    ("InvalidArgumentError", ExitCode.INVALID),
    ("MalformedError", ExitCode.INVALID),
    ("OutOfRangeError", ExitCode.INVALID),
    ("RequestTimeoutError", ExitCode.TIMEOUT),
    ("DeadlineExceededError", ExitCode.TIMEOUT),
    ("CanceledError", ExitCode.TIMEOUT),
    ("WaitTimeoutError", ExitCode.TIMEOUT),
    ("TransportError", ExitCode.NETWORK),
    ("DecodeError", ExitCode.NETWORK),
    ("ResourceExhaustedError", ExitCode.QUOTA),
    ("APIError", ExitCode.SERVER),
    ("InvalidTokenError", ExitCode.NOT_VERIFIED),
    ("WebhookError", ExitCode.NOT_VERIFIED),
    ("WebhookStoreError", ExitCode.SERVER),
    ("TokenError", ExitCode.USAGE),
    ("BulkError", ExitCode.PARTLY),
    ("NotStartedError", ExitCode.PARTLY),
)
"""Classes of ``lkapi.errors`` by name, subclasses first: names load no modules."""

_EXTRA: Final = ("dotenv", "rich", "yaml")
"""Packages of the extra; if they are missing, the command says how to install it."""

_ADVICE: Final = {
    ExitCode.REFUSED: "check that key and secret belong to this server; `lkapi doctor` shows "
    "what they allow",
    ExitCode.NETWORK: "check the url; `lkapi doctor` finds out why the server cannot be reached",
    ExitCode.TIMEOUT: "try again, or give more time with --timeout",
    ExitCode.QUOTA: "wait, or raise the limit of the project",
}


def exit_code(error: BaseException) -> ExitCode:
    """The code for an exception."""
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, Failure):
        return error.code
    if isinstance(error, click.ClickException):
        return ExitCode.USAGE
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRA:
        return ExitCode.USAGE
    names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__.startswith("lkapi.")}
    return next((code for name, code in _CODES if name in names), ExitCode.FAILED)


def describe(error: BaseException) -> str:
    """What went wrong, in one line: the server's reason, or the text of the error."""
    if isinstance(error, click.NoSuchOption):
        best = f"; did you mean {error.possibilities[0]!r}?" if error.possibilities else ""
        return f"no option {error.option_name!r}{best}"
    if isinstance(error, click.ClickException):
        return error.format_message()
    reason = getattr(error, "message", None)
    if isinstance(reason, str) and reason:
        return f"{getattr(error, 'code', '')}: {reason}".removeprefix(": ")
    text = str(error.args[0]) if error.args else str(error)
    return text or type(error).__name__


def report(error: BaseException, *, debug: bool = False, secrets: Iterable[str] = ()) -> str:
    """The block for standard error, without secrets; with ``debug`` the trace comes first."""
    facts = [*_facts(error)]
    width = max((len(name) for name, _ in facts), default=0)
    lines = [f"Error: {describe(error)}"]
    lines += [f"  {name:<{width}}  {_indented(value, width + 4)}" for name, value in facts]
    text = "".join(f"{line}\n" for line in lines)
    return masked((_trace(error) if debug else "") + text, secrets)


def _trace(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _indented(text: str, columns: int) -> str:
    return text.replace("\n", "\n" + " " * columns)


def _facts(error: BaseException) -> Iterable[tuple[str, str]]:
    method = getattr(error, "method", "")
    if method:
        yield "call", str(method)
    status = getattr(error, "status", None)
    if status:
        yield "answer", f"HTTP {status}"
    sip = getattr(error, "sip_status_code", None)
    if sip:
        yield "SIP status", f"{sip} {getattr(error, 'sip_status', '') or ''}".strip()
    request_id = getattr(error, "request_id", "")
    if request_id:
        yield "request id", str(request_id)
    attempts = getattr(error, "attempts", ())
    if attempts:
        numbered = (f"{number}. {attempt}" for number, attempt in enumerate(attempts, 1))
        yield "attempts", "\n".join(numbered)
    advice = _advice(error)
    if advice:
        yield "what to do", advice


def _advice(error: BaseException) -> str:
    own = getattr(error, "advice", "") or getattr(error, "hint", "")
    if own:
        return str(own)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"see `{error.ctx.command_path} --help`"
    if isinstance(error, click.ClickException):
        return ""
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRA:
        return "pip install 'lkapi-sdk[cli]'"
    code = exit_code(error)
    if code is ExitCode.FAILED:
        return "this error is unknown to lkapi: --debug shows where it comes from"
    return _ADVICE.get(code, "")


def masked(text: str, secrets: Iterable[str]) -> str:
    """A text without tokens and without the given secrets."""
    for secret in secrets:
        if len(secret) >= _LONG:
            text = text.replace(secret, _MASK)
        elif secret != DEV_SECRET:  # a short one is masked if it is a whole word
            text = re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", _MASK, text)
    text = printable(text, lines=True)
    from lkapi.errors import mask_tokens

    return mask_tokens(text)
