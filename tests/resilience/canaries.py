"""Where marked fields occur in requests and answers, and what a careful reporter could show."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from lkapi.errors import LiveKitError
from lkapi.message.fields import MessageField, MessageList, MessageMap, ScalarList, ScalarMap
from lkapi.methods import all_methods

CANARY = "canary-5e1f0a7c"
MARKS = ("secret", "pii")


def marked(mark: str, classes: list[Any]) -> list[tuple[Any, str]]:
    """Each field with that mark."""
    return [(cls, name) for cls in classes for name in getattr(cls, f"__{mark}__")]


def planted(cls: Any, name: str) -> Any:
    """A message with the canary in that field."""
    field = cls.__layout__.fields[name]
    if isinstance(field, ScalarMap):
        return cls(**{name: {CANARY: CANARY}})
    if isinstance(field, ScalarList):
        return cls(**{name: [CANARY]})
    return cls(**{name: CANARY.encode() if field.expected == "bytes" else CANARY})


def _children(cls: Any) -> Iterator[tuple[str, Any, Any]]:
    """Fields of a message that hold messages: name, class, and how to wrap one."""
    for name, field in cls.__layout__.fields.items():
        if isinstance(field, MessageField):
            yield name, field.child, lambda message: message
        elif isinstance(field, MessageList):
            yield name, field.element.child, lambda message: [message]
        elif isinstance(field, MessageMap):
            yield name, field.value.child, lambda message: {"key": message}


def nest(outer: Any, inner: Any, message: Any) -> Any:
    """The outer message with this one somewhere inside; None if it cannot be."""
    paths: deque[tuple[Any, tuple[Any, ...]]] = deque([(outer, ())])
    seen = {outer}
    while paths:
        cls, steps = paths.popleft()
        if cls is inner:
            for parent, name, wrap in reversed(steps):
                message = parent(**{name: wrap(message)})
            return message
        for name, child, wrap in _children(cls):
            if child not in seen:
                seen.add(child)
                paths.append((child, (*steps, (cls, name, wrap))))
    return None


def carriers(cls: Any, message: Any) -> Iterator[tuple[Any, str, Any]]:
    """Each remote method whose request or answer can hold the message: row, which, and that one."""
    for row in all_methods():
        for which in ("request", "response"):
            whole = nest(getattr(row, which), cls, message)
            if whole is not None:
                yield row, which, whole


def error_of(work: Callable[[], Any]) -> Exception | None:
    """What some work, maybe a coroutine, ends with; None when it succeeds."""
    try:
        made = work()
        if asyncio.iscoroutine(made):
            asyncio.run(made)
    except (TypeError, ValueError, AttributeError, LiveKitError) as error:
        return error
    return None


def shown(error: BaseException) -> str:
    """All that a reporter could print of an error, the variables of lkapi's frames included."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = [repr(error), repr(getattr(error, "__dict__", {}))]
    link: Any = told
    while link is not None:
        link.stack[:] = [frame for frame in link.stack if "/tests/" not in frame.filename]
        parts += list(link.format(chain=False))
        link = link.__cause__ or link.__context__
    return "".join(parts)
