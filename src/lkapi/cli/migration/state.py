"""What is known at one point of a program: the kinds of names, and which messages are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.cli.migration.kinds import UNKNOWN, Kind, join

if TYPE_CHECKING:
    import ast


__all__ = ["Scope", "State"]


@attrs.define
class State:
    """What is true at one point. Paths are texts such as ``event.room``."""

    names: dict[str, Kind] = attrs.field(factory=dict[str, Kind])
    present: set[str] = attrs.field(factory=set[str])
    """Fields of message type that are set."""
    absent: set[str] = attrs.field(factory=set[str])
    """Those that are not."""
    origins: dict[str, str] = attrs.field(factory=dict[str, str])
    """Variables that hold a field of message type, and its path."""

    def copy(self) -> State:
        """The same, for one branch."""
        return State(dict(self.names), set(self.present), set(self.absent), dict(self.origins))

    def become(self, other: State) -> None:
        """Copy what is known at another point."""
        self.names, self.present = other.names, other.present
        self.absent, self.origins = other.absent, other.origins

    def merge(self, other: State) -> State:
        """Keep what is true in both of two branches."""
        names = {
            name: join(self.names.get(name, UNKNOWN), other.names.get(name, UNKNOWN))
            if name in self.names and name in other.names
            else self.names.get(name, other.names.get(name, UNKNOWN))
            for name in {**self.names, **other.names}
        }
        shared = dict(self.origins.items() & other.origins.items())
        return State(names, self.present & other.present, self.absent & other.absent, shared)

    def below(self, path: str) -> frozenset[str]:
        """The rest of each path that begins with this one and is known to be set."""
        found = (fact for fact in self.present if fact != path and _is_below(fact, path))
        return frozenset(fact[len(path) :] for fact in found)

    def set_field(self, path: str) -> None:
        """A field of message type has a value from here on."""
        self.absent.discard(path)
        self.present.add(path)

    def assume(self, paths: set[str]) -> None:
        """Note that these are set, as are the fields that variables among them were read from."""
        self.present |= paths
        self.present |= {origin for name, origin in self.origins.items() if name in paths}

    def forget(self, path: str) -> None:
        """From here on, a path has another value."""
        for facts in (self.present, self.absent):
            facts.difference_update([fact for fact in facts if _is_below(fact, path)])
        for name, origin in list(self.origins.items()):
            if name == path or _is_below(origin, path):
                del self.origins[name]

    def doubt(self, path: str) -> None:
        """Other code may have set fields below a path."""
        self.absent -= {fact for fact in self.absent if _is_below(fact, path)}


def _is_below(fact: str, path: str) -> bool:
    return fact == path or (fact.startswith(path) and fact[len(path)] in ".[")


@attrs.define(eq=False)
class Scope:
    """A module, class or function during the walk."""

    parent: Scope | None = None
    node: ast.AST | None = None
    is_class: bool = False
    state: State = attrs.field(factory=State)
    shared: dict[str, Scope] = attrs.field(factory=dict[str, "Scope"])
    """Names that are global or nonlocal here, and the scope that they belong to."""
    stars: list[Kind] = attrs.field(factory=list[Kind])
    """Modules of which everything was imported."""
    returned: list[Kind] = attrs.field(factory=list[Kind])
    yielded: list[Kind] = attrs.field(factory=list[Kind])

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        return self.parent.module if self.parent is not None else self

    def find(self, name: str) -> Kind | None:
        """What a name stands for; None if nothing here binds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.state.names and (scope is self or not scope.is_class):
                return scope.state.names[name]
            scope = scope.parent
        return None

    def bind(self, name: str, kind: Kind) -> None:
        """Bind a name to a value; a shared name may have its other values too."""
        owner = self.shared.get(name)
        if owner is None:
            self.state.names[name] = kind
        else:
            owner.state.names[name] = join(owner.state.names.get(name, kind), kind)
            self.state.names.pop(name, None)
