"""Checks and conversions of arguments before a call. Shared by both clients."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lkapi.errors import NotFoundError
from lkapi.protocol.models import ListUpdate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lkapi.methods.info import MethodInfo

T = TypeVar("T")


def require_text(value: str, name: str) -> str:
    """The text itself; refused if empty, since the server would take that for "all".

    Raises:
        ValueError: it is empty.
    """
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def single_item(items: list[T], method: MethodInfo[Any, Any], what: str) -> T:
    """The one item of a list that was requested by id.

    Raises:
        NotFoundError: the list is empty.
    """
    if not items:
        raise _not_found(method, what)
    return items[0]


def require_message(value: T | None, method: MethodInfo[Any, Any], what: str) -> T:
    """The message inside a response.

    Raises:
        NotFoundError: there is none.
    """
    if value is None:
        raise _not_found(method, what)
    return value


def _not_found(method: MethodInfo[Any, Any], what: str) -> NotFoundError:
    return NotFoundError("not_found", f"the server has no {what}", method=str(method))


def list_update(value: ListUpdate | Iterable[str] | None, name: str) -> ListUpdate | None:
    """A change of a list: a list sets it, an empty one clears it, None leaves it.

    Raises:
        TypeError: a string was given, which is a single item and not a list.
        ValueError: a ``ListUpdate`` that changes nothing; the server refuses those.
    """
    if value is None:
        return None
    if getattr(getattr(value, "DESCRIPTOR", None), "full_name", "") == ListUpdate.__proto__:
        value = ListUpdate.from_bytes(cast("Any", value).SerializeToString())
    if isinstance(value, ListUpdate):
        if not (value.set or value.add or value.remove or value.clear):
            raise ValueError(f"{name}: the ListUpdate is empty; to empty the list, use clear=True")
        return value
    if isinstance(value, str):
        raise TypeError(f"{name} must be a list of strings, not a single string: write [{value!r}]")
    items = list(value)
    return ListUpdate(set=items) if items else ListUpdate(clear=True)


def day(value: dt.date | str | None, name: str) -> dt.date | None:
    """A day, from a date, a datetime (its UTC day) or ISO text.

    Raises:
        ValueError: the text is not a date.
    """
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{name} {value!r} is not a date: write YYYY-MM-DD") from None
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.timezone.utc) if value.tzinfo else value).date()
    return value


def day_range(start: dt.date | None, end: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    """Refuse a range that ends before it starts.

    Raises:
        ValueError: the range ends before it starts.
    """
    if start is not None and end is not None and end < start:
        raise ValueError(f"end {end} is before start {start}")
    return start, end
