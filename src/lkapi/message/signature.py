"""Signatures of the generated constructors for ``help()`` and ``inspect``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lkapi.message.base import Message

__all__ = ["LazySignature"]


class LazySignature:
    """Lists the fields of a class as keyword parameters, worked out when asked."""

    def __get__(self, message: Message | None, owner: type[Message]) -> inspect.Signature:
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default)
                for name, field in owner.__layout__.fields.items()
            ]
        )
