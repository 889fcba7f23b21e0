"""The base of all errors, the attempts that errors list, and masking of secrets.

Tracebacks are masked too: many tools print the local variables of each frame.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from lkapi._words import unknown_keyword

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

_JWT = re.compile(
    r"(?:eyJ|eyA|ewo|ew0)[\w-]{3,}\.[\w-]{2,}\.[\w=-]*(?:\[token\])?"
    r"|[\w-]{6,}\.[\w-]{2,}\.[\w=-]{40,}",
    re.ASCII,
)
"""Matches a JWT by the beginning of its header (a brace and what may follow) or by its long
signature; the labels of a host name do not match."""
_BEARER = re.compile(r"(?i)\b(bearer)\s+[^\s\"'<>,;]+")


def mask_tokens(text: str) -> str:
    """Mask everything in a text that looks like a bearer token or a JWT."""
    return _JWT.sub("[token]", _BEARER.sub(r"\1 [token]", text))


def forget_frames(error: BaseException) -> None:
    """Drop the frames of an error and of its causes: their variables may hold secrets."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.__traceback__ = None
        if link.__suppress_context__:
            link.__context__ = None
        link = link.__cause__ or link.__context__


def hides_locals(function: Callable[P, T]) -> Callable[P, T]:
    """Remove the frames of errors that leave a function: its arguments may hold secrets.

    The TypeError for an unknown keyword names the nearest one that the function has.
    """

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            misspelt = unknown_keyword(function, kwargs) if isinstance(error, TypeError) else None
            del args, kwargs
            forget_frames(error)
            if misspelt:
                raise TypeError(misspelt) from None
            raise error  # noqa: TRY201 - a bare raise brings the frames back on Python 3.10

    return guarded


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a call, as an error or a recorded call lists it."""

    origin: str
    """Scheme, host and port of the request."""
    outcome: str
    """The result as readable text: ``HTTP 503 unavailable`` or ``timed out``."""
    elapsed: float
    """Seconds from the start of this attempt to its outcome."""

    def __str__(self) -> str:
        return f"{self.origin}: {self.outcome} after {self.elapsed:.2f} s"


def ending(attempts: tuple[Attempt, ...], hint: str = "") -> str:
    """The end of an error's text: the hint, and the attempts if there was more than one."""
    text = f"; {hint}" if hint else ""
    if len(attempts) < 2:
        return text
    return text + "".join(f"\n  {number}. {attempt}" for number, attempt in enumerate(attempts, 1))


def _rebuild(
    kind: type[LiveKitError], args: tuple[object, ...], state: dict[str, object]
) -> LiveKitError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class LiveKitError(Exception):
    """The base class of all errors that lkapi raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))
