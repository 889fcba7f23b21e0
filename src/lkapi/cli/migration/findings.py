"""What was found in a program."""

from __future__ import annotations

import functools
import json
from enum import Enum
from importlib import resources
from typing import Any, Final

import attrs

__all__ = ["DIFFERENCES", "Certainty", "Finding", "Unreadable", "idioms"]


class Certainty(Enum):
    """Whether a line needs a change."""

    CHANGE = "change"
    """It does not work on lkapi."""
    LOOK = "look"
    """It depends on what the program does at run time, or on a type that was not found."""
    IMPORT = "import"
    """It names livekit-api, which ``lkapi.alias`` can make mean lkapi."""


@attrs.frozen(order=True)
class Finding:
    """One place of a program."""

    path: str
    line: int
    column: int
    """From 1, as editors count."""
    idiom: str
    """Its name in ``message_idioms.json`` or in ``DIFFERENCES``."""
    certainty: Certainty = attrs.field(order=False)
    what: str
    """The code."""
    replacement: str

    def as_dict(self) -> dict[str, Any]:
        """The member of the JSON document."""
        return {**attrs.asdict(self), "certainty": self.certainty.value}


@attrs.frozen(order=True)
class Unreadable:
    """A file that cannot be checked."""

    path: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The member of the JSON document."""
        return attrs.asdict(self)


DIFFERENCES: Final = {
    "names that do not exist": "lkapi has what programs are meant to use; what a leading "
    "underscore marks, and generated helpers, are not among it",
    "services made by hand": "services come from a client: api.room, api.egress, api.sip",
    "exceptions of other packages": "only exceptions of lkapi.errors leave lkapi",
    "empty lists in updates": "an empty list empties the field; livekit-api sent a change that the "
    "server refuses",
    "imports": "write lkapi, or leave the lines alone and call lkapi.alias.install() before the "
    "first of them runs",
}
"""Differences other than in messages, by the name of the rule, with the reason."""


@functools.cache
def idioms() -> dict[str, str]:
    """The idioms of messages that do not work on lkapi, and why."""
    text = (resources.files("lkapi") / "compat" / "message_idioms.json").read_text("utf-8")
    return {row["idiom"]: row["why"] for row in json.loads(text) if not row["works"]}
