"""How commands and actions name a row of the method table, and describe its request."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo

__all__ = ["fill_text", "find_row"]


def find_row(name: str) -> MethodInfo[Any, Any]:
    """The row of ``room.CREATE_ROOM``: a module of ``lkapi.methods`` and a name in it."""
    module, _, constant = name.partition(".")
    row: MethodInfo[Any, Any] = getattr(import_module(f"lkapi.methods.{module}"), constant)
    return row


def fill_text(text: str, message: Message) -> str:
    """A text such as ``Deleted {room}.`` with the fields of a message; lists with commas."""
    return text.format_map(_Fields(message))


class _Fields(dict[str, Any]):
    """The fields of a message for ``str.format_map``."""

    def __init__(self, message: Message) -> None:
        super().__init__()
        self._message = message

    def __missing__(self, name: str) -> Any:
        from lkapi.message.typeguards import is_list  # help names rows and loads no message

        value = getattr(self._message, name)
        return ", ".join(map(str, value)) if is_list(value) else value
