"""Marks names as deprecated, for callers and for type checkers (PEP 702).

Type checkers read the literal text of the decorator, so it is the one place that says since when,
until when and what to use; its form is checked when the module is loaded. docs/versioning.md has
the policy.
"""

from __future__ import annotations

import inspect
import re
import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple

__all__ = ["DEPRECATIONS", "Deprecation", "deprecated"]


class Deprecation(NamedTuple):
    """One deprecated name, where it is, and the versions that matter."""

    name: str
    module: str
    since: str
    removal: str
    replacement: str

    def __str__(self) -> str:
        return (
            f"{self.name} is deprecated since lkapi {self.since} and will be removed in "
            f"{self.removal}: use {self.replacement}"
        )


DEPRECATIONS: Final[list[Deprecation]] = []
"""Every deprecated name of the modules that are loaded, in the order of loading."""

_FORM: Final = re.compile(r"since (\d+\.\d+), removed in (\d+\.\d+): use (\w+(?: and \w+)*)")

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import deprecated
else:

    def deprecated(message: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Warn of a function or coroutine function each time it is called.

        Args:
            message: "since 0.1, removed in 2.0: use new_name", as a literal.

        Raises:
            ValueError: the message has another form.
        """
        found = _FORM.fullmatch(message)
        if found is None:
            raise ValueError(f'{message!r} is not "since X.Y, removed in X.Y: use name"')
        since, removal, replacement = found.groups()

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            name, module = function.__name__, function.__module__
            note = Deprecation(name, module, since, removal, replacement)
            DEPRECATIONS.append(note)
            marked = _warning(function, str(note))
            marked.__deprecated__ = message
            return marked

        return decorate

    def _warning(function: Callable[..., Any], text: str) -> Any:
        @wraps(function)
        def plain(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(text, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        @wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(text, DeprecationWarning, stacklevel=2)
            awaited = function(*args, **kwargs)
            kwargs.clear()  # so that no traceback shows what they hold
            return await awaited

        return coroutine if inspect.iscoroutinefunction(function) else plain
