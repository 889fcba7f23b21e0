"""The base of the generated enums: an IntEnum with the methods of protobuf's enum wrappers."""

from __future__ import annotations

import enum
from typing import Any

__all__ = ["ProtoEnum", "member_table"]


class ProtoEnum(enum.IntEnum):
    """An enum of the schema; a number that the enum does not have is read as a plain int."""

    def __str__(self) -> str:
        return int.__repr__(self)

    def __format__(self, format_spec: str) -> str:
        return int.__format__(self, format_spec)

    @classmethod
    def Name(cls, number: int) -> str:  # noqa: N802 - the spelling of protobuf
        """The name for a number; ValueError if the enum does not have it."""
        try:
            return cls(number).name
        except ValueError:
            raise ValueError(f"{cls.__name__} has no name for the value {number!r}") from None

    @classmethod
    def Value(cls, name: str) -> int:  # noqa: N802 - the spelling of protobuf
        """The member with a name; ValueError if the enum does not have it."""
        try:
            return cls[name]
        except KeyError:
            raise ValueError(f"{cls.__name__} has no value {name!r}") from None

    @classmethod
    def keys(cls) -> list[str]:
        """All names, in the order of the schema."""
        return list(cls.__members__)

    @classmethod
    def values(cls) -> list[int]:
        """All values, in the order of the schema."""
        return list(cls.__members__.values())

    @classmethod
    def items(cls) -> list[tuple[str, int]]:
        """All pairs of name and value, in the order of the schema."""
        return list(cls.__members__.items())


class _Members(dict[int, int]):
    """Number to member; an unknown number maps to itself."""

    def __missing__(self, number: int) -> int:
        return number


def member_table(cls: Any) -> dict[int, int]:
    """The table from numbers on the wire to members of an enum."""
    return _Members({int(member): member for member in cls})
