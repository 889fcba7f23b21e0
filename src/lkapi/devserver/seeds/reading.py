"""The parts of a seed: objects whose names are checked, messages in either spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from lkapi._words import nearest
from lkapi.devserver.snapshots.json_value import JsonValue
from lkapi.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lkapi.message import Message

    M = TypeVar("M", bound=Message)

__all__ = ["SeedValue"]


class SeedValue(JsonValue):
    """A value of a seed, and its place there."""

    def expect_names(self, known: Iterable[str]) -> dict[str, SeedValue]:
        """The members of an object, which may only have these names.

        Raises:
            SettingsError: it has others.
        """
        names = list(known)
        members = self.members()
        for name in members:
            if name not in names:
                hint = nearest(name, names) or f"; known are {', '.join(names)}"
                raise self.error(f"unknown name {name!r}{hint}")
        return dict(members)

    def find(self, name: str) -> SeedValue | None:
        """A member of an object, None if there is none with the name."""
        return self.members().get(name)

    def text_at(self, name: str, default: str = "") -> str:
        """A text in an object; the default if there is none with the name."""
        found = self.find(name)
        return default if found is None else found.text()

    def message_of(self, kind: type[M], **more: Any) -> M:
        """An object as a message; names in snake_case or camelCase.

        Raises:
            SettingsError: a name or a value does not fit.
        """
        fields = {name: item.value for name, item in self.members().items()}
        try:
            return kind.from_dict({**fields, **more}, strict=True)
        except DecodeError as error:
            raise self.error(str(error).removeprefix("livekit.")) from None

    def without(self, *names: str) -> SeedValue:
        """The object without some of its members."""
        members = self.members()
        kept = {name: item.value for name, item in members.items() if name not in names}
        return SeedValue(kept, self.where)
