"""The options of calls: those of a client, and what ``with_options`` changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from lkapi.errors import SettingsError
from lkapi.rpc.observe import Hooks
from lkapi.rpc.retry import RetryPolicy
from lkapi.settings import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUEST_ID: Final = "x-livekit-request-id"

_RESERVED_HEADERS: Final = frozenset(
    [
        "authorization",
        "content-type",
        "content-encoding",
        "content-length",
        "host",
        "transfer-encoding",
        "upgrade",
        "x-twirp-timeout-ms",
    ]
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@attrs.frozen(kw_only=True)
class CallOptions:
    """The options of each call of a client."""

    timeout: float = DEFAULT_TIMEOUT
    """Seconds in total, retries included."""
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    """Extra request headers, names in lower case."""
    hooks: Hooks = attrs.field(factory=Hooks, repr=False)


def _kind(value: object) -> str:
    return type(value).__name__


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Lower-case the names of extra headers and refuse what cannot be sent.

    Raises:
        SettingsError: a name or value is not valid in HTTP, or lkapi sets that header itself.
    """
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not isinstance(cast("object", name), str) or not isinstance(cast("object", value), str):
            raise TypeError(
                f"headers= needs names and values of type str, not {name!r}: {_kind(value)}"
            )
        key = name.lower()
        if key in _RESERVED_HEADERS:
            raise SettingsError(f"header {name!r} is set by lkapi: leave it out of headers=")
        if not _NAME.fullmatch(name):
            raise SettingsError(f"{name!r} is not a header name")
        if not _VALUE.fullmatch(value):
            raise SettingsError(
                f"header {name!r} has a value with characters that HTTP does not allow"
            )
        checked[key] = value.strip()
    return checked
