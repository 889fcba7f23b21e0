"""Pages by token, as LiveKit Cloud returns them: base64url of ``{"offset", "limit"}``."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, TypeVar, cast

from lkapi.errors import InvalidArgumentError
from lkapi.protocol.models import TokenPagination

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["latest_page", "page_of"]

T = TypeVar("T")


def page_of(
    items: Sequence[T], token: TokenPagination | None, size: int
) -> tuple[list[T], TokenPagination | None]:
    """One page from the front, and the token of the next one if there is more.

    Raises:
        InvalidArgumentError: for a token that this server did not make.
    """
    start = _read_offset(token)
    end = start + max(1, size)
    return list(items[start:end]), _make_token(end, size) if end < len(items) else None


def latest_page(
    items: Sequence[T], token: TokenPagination | None, size: int
) -> tuple[list[T], TokenPagination | None]:
    """One page from the back: later pages are older, within a page the newest is last."""
    page, following = page_of(list(reversed(items)), token, size)
    return page[::-1], following


def _make_token(offset: int, limit: int) -> TokenPagination:
    text = json.dumps({"offset": offset, "limit": limit}, separators=(",", ":"))
    return TokenPagination(token=base64.urlsafe_b64encode(text.encode()).decode())


def _read_offset(token: TokenPagination | None) -> int:
    if token is None or not token.token:
        return 0
    try:
        value: object = json.loads(base64.urlsafe_b64decode(token.token.encode()))
    except ValueError:
        value = None
    offset = cast("dict[str, object]", value).get("offset") if isinstance(value, dict) else None
    if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
        raise InvalidArgumentError("invalid_argument", "invalid page token")
    return offset
