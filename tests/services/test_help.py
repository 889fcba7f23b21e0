"""``help()`` of each public method is enough to call it: fields, cost, errors, grant."""

from __future__ import annotations

import inspect
import pydoc
import re
import sys
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import lkapi
from codegen.reference import SERVICES
from lkapi import errors
from lkapi.methods.info import Idempotency, MethodInfo
from lkapi.sync import SyncLiveKitAPI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "https://a.livekit.cloud"
BUILTINS = {"ValueError", "TypeError"}
"""What a method may raise of Python's own, for arguments that make no sense."""


@attrs.frozen
class Entry:
    """A method as a user finds it on a client."""

    title: str
    bound: Any

    @property
    def function(self) -> Any:
        """The plain function, as it was written."""
        return inspect.unwrap(self.bound.__func__)

    @property
    def doc(self) -> str:
        """Its docstring without indentation or line breaks inside a paragraph."""
        return inspect.getdoc(self.bound) or ""

    @property
    def rows(self) -> list[MethodInfo[Any, Any]]:
        """The remote methods that its code names."""
        rows = getattr(sys.modules[self.function.__module__], "rows", None)
        found = (getattr(rows, name, None) for name in self.function.__code__.co_names)
        return [row for row in found if isinstance(row, MethodInfo)]

    @property
    def raises(self) -> list[str]:
        """The names in the Raises section."""
        _, _, section = self.doc.partition("\nRaises:\n")
        return re.findall(r"^    (\w+): \S", section, re.MULTILINE)


def entries(make: Callable[..., Any]) -> Iterator[Entry]:
    """The public methods of all services of a client, those that go by another name left out."""
    api = make(URL, "key", "secret")
    for service in SERVICES:
        for name, bound in inspect.getmembers(getattr(api, service), inspect.ismethod):
            entry = Entry(f"{make.__name__}.{service}.{name}", bound)
            if not name.startswith("_") and not entry.doc.startswith("Deprecated"):
                yield entry


ASYNC = list(entries(lkapi.LiveKitAPI))
SYNC = list(entries(SyncLiveKitAPI))
each = pytest.mark.parametrize("entry", [*ASYNC, *SYNC], ids=lambda entry: entry.title)


def test_both_clients_have_the_same_help(record_property: Callable[[str, object], None]) -> None:
    """Every method is there twice, and more than the remote methods are."""
    record_property("methods", len(ASYNC))
    names = [[entry.title.partition(".")[2] for entry in found] for found in (ASYNC, SYNC)]
    assert names[0] == names[1]
    assert len(ASYNC) >= 100
    for one, other in zip(ASYNC, SYNC, strict=True):
        assert one.raises == other.raises


@each
def test_help_says_what_is_needed(entry: Entry) -> None:
    """The docstring names a grant, or says that none is needed."""
    assert re.search(r"\b[Nn]eeds? (the grants? ``\w|no grant)", " ".join(entry.doc.split()))


@each
def test_help_says_what_is_raised(entry: Entry) -> None:
    """There is a Raises section, and its names can be caught."""
    assert entry.raises
    for name in entry.raises:
        if name not in BUILTINS:
            assert name in errors.__all__
            assert issubclass(getattr(errors, name), errors.LiveKitError)
    assert set(entry.raises) - BUILTINS


@each
def test_help_shows_the_real_signature(entry: Entry) -> None:
    """Where code takes ``**fields``, the signature lists the fields of the request."""
    shown = inspect.signature(entry.bound).parameters
    assert not [p for p in shown.values() if p.kind is p.VAR_KEYWORD]
    if entry.function.__code__.co_flags & inspect.CO_VARKEYWORDS:
        (request,) = {row.request for row in entry.rows}
        fields = inspect.signature(request).parameters
        assert list(fields) == [name for name in shown if name in fields]


@each
def test_help_can_be_printed(entry: Entry) -> None:
    """``help()`` shows the name, the first line and every parameter."""
    text = pydoc.plain(pydoc.render_doc(entry.bound))
    assert entry.doc.splitlines()[0] in text
    head = text.split(entry.doc.splitlines()[0])[0]
    assert not [name for name in inspect.signature(entry.bound).parameters if name not in head]


@each
def test_help_says_what_it_costs(entry: Entry) -> None:
    """Paging says how many requests; a call that is not SAFE, what a retry or second call does."""
    words = " ".join(entry.doc.split())
    if "iter_" in entry.title:
        assert "One request" in words
    elif any(row.idempotency is not Idempotency.SAFE for row in entry.rows):
        assert re.search(r"retried|Two calls ", words)
