"""What one call of one remote method is: how a user makes it, what goes out, what comes back."""

from __future__ import annotations

from typing import Any

import attrs

from lkapi.methods.info import MethodInfo

SAME: Any = object()
"""The call gives back the answer of the server as it is."""


@attrs.frozen(kw_only=True)
class CallCase:
    """One call of one method of a client."""

    row: MethodInfo[Any, Any]
    service: str
    """Attribute of the client."""
    method: str
    args: tuple[Any, ...] = ()
    fields: dict[str, Any] = attrs.field(factory=dict)
    sent: Any = None
    """The request that goes out; None for the keywords as they are."""
    answer: Any = None
    """The answer of the server; None for an empty one."""
    result: Any = SAME
    """What the call gives back."""

    @property
    def request(self) -> Any:
        """The request that goes out."""
        return self.row.request(**self.fields) if self.sent is None else self.sent

    @property
    def response(self) -> Any:
        """The answer of the server."""
        return self.row.response() if self.answer is None else self.answer

    @property
    def expected(self) -> Any:
        """What the call gives back."""
        return self.response if self.result is SAME else self.result

    def __str__(self) -> str:
        return f"{self.service}.{self.method}"


def case(
    row: MethodInfo[Any, Any], path: str, *args: Any, _: dict[str, Any] | None = None, **fields: Any
) -> CallCase:
    """A case whose keywords are fields of the request."""
    service, _dot, method = path.partition(".")
    return CallCase(row=row, service=service, method=method, args=args, fields=fields, **(_ or {}))
