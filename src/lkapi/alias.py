"""Lets programs that import ``livekit.api`` and ``livekit.protocol`` run on lkapi unchanged.

Only on request and only in this process: call ``lkapi.alias.install()`` before the first of those
imports. lkapi itself never touches the ``livekit`` namespace.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["install"]

_PARTS: Final = {"api": "lkapi", "protocol": "lkapi.protocol"}


def install(name: str = "livekit") -> None:
    """Make ``<name>.api`` mean ``lkapi`` and ``<name>.protocol`` mean ``lkapi.protocol``.

    Calling it again changes nothing. Other packages below the name, ``livekit.rtc`` for example,
    stay what they are.

    Raises:
        RuntimeError: if one of the two is already imported from elsewhere.
    """
    finder = _Finder(name)
    if finder in sys.meta_path:
        return
    for part, ours in _PARTS.items():
        found = sys.modules.get(f"{name}.{part}")
        if found is not None and found is not sys.modules.get(ours):
            raise RuntimeError(f"{name}.{part} is already imported: install the alias before it")
    sys.meta_path.insert(0, finder)


class _Finder(MetaPathFinder):
    """Finds the aliased modules, and the package above them if nothing else provides it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Finder) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module of lkapi that a name stands for."""
        head, _, rest = fullname.partition(".")
        if head != self.name:
            return None
        if not rest:
            taken = self._exists(fullname, path, target)
            return None if taken else ModuleSpec(fullname, _Package(), is_package=True)
        part, _, below = rest.partition(".")
        if part not in _PARTS:
            return None
        return ModuleSpec(fullname, _Alias(".".join(filter(None, (_PARTS[part], below)))))

    def _exists(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> bool:
        others = (finder for finder in sys.meta_path if finder is not self)
        return any(finder.find_spec(fullname, path, target) is not None for finder in others)


class _Alias(Loader):
    """Gives an existing module under another name, as the very same object."""

    def __init__(self, ours: str) -> None:
        self.ours = ours

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module of lkapi that stands for the requested one."""
        try:
            module = importlib.import_module(self.ours)
        except ModuleNotFoundError as error:
            if error.name != self.ours:
                raise
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}: lkapi has no {self.ours}", name=spec.name
            ) from None
        self._own = module.__spec__, module.__loader__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Only undo what the import system changed on the module: it has run already."""
        module.__spec__, module.__loader__ = self._own


class _Package(Loader):
    """An empty package for the name itself, if there is no package of that name."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Nothing runs in it."""
