"""Reading a JSON document: every error names the place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, cast

from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["JsonValue"]


class JsonValue:
    """A value in a JSON document, and its place there."""

    error_type: ClassVar[type[SettingsError]] = SettingsError

    def __init__(self, value: object, where: str) -> None:
        self.value: Any = value
        self.where = where

    def error(self, text: str) -> SettingsError:
        """An error about this value."""
        return self.error_type(f"{self.where}: {text}")

    def at(self, name: str) -> Self:
        """A member of an object.

        Raises:
            SettingsError: there is none with the name.
        """
        members = self._expect(dict, "an object")
        if name not in members:
            raise self.error(f"{name!r} is missing")
        return type(self)(members[name], f"{self.where}.{name}")

    def members(self) -> dict[str, Self]:
        """The members of an object."""
        members = cast("dict[str, object]", self._expect(dict, "an object"))
        return {name: type(self)(value, f"{self.where}.{name}") for name, value in members.items()}

    def items(self) -> list[Self]:
        """The items of a list."""
        items = cast("list[object]", self._expect(list, "a list"))
        return [type(self)(item, f"{self.where}[{index}]") for index, item in enumerate(items)]

    @property
    def missing(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    def text(self) -> str:
        """A text."""
        quoted = "text; put it in quotes" if isinstance(self.value, (bool, int, float)) else "text"
        return cast("str", self._expect(str, quoted))

    def texts(self) -> list[str]:
        """A list of texts."""
        return [item.text() for item in self.items()]

    def pairs(self) -> dict[str, str]:
        """An object of texts."""
        return {name: item.text() for name, item in self.members().items()}

    def flag(self) -> bool:
        """True or false."""
        return cast("bool", self._expect(bool, "true or false"))

    def integer(self) -> int:
        """A whole number."""
        if type(self.value) is not int:
            raise self.error("must be a whole number")
        return self.value

    def number(self) -> float:
        """A number."""
        if type(self.value) not in (int, float):
            raise self.error("must be a number")
        return float(self.value)

    def time(self) -> float:
        """A time; infinite if it never comes."""
        return math.inf if self.missing else self.number()

    def maybe_number(self) -> float | None:
        """A number or None."""
        return None if self.missing else self.number()

    def _expect(self, kind: type, named: str) -> Any:
        if type(self.value) is not kind:
            raise self.error(f"must be {named}")
        return self.value
