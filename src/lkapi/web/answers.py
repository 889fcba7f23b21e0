"""HTTP answers as plain values, so that one core serves every framework."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


class Answer(NamedTuple):
    """One HTTP answer: unpacks as ``status, headers, body``."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Without the body, which may hold a token."""
        return f"<Answer {self.status}, {len(self.body)} bytes>"


def json_answer(
    status: int, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer with a JSON object that no cache may keep."""
    told = {"Content-Type": JSON, "Cache-Control": "no-store", **(headers or {})}
    return Answer(status, told, json.dumps(content).encode())


def error_answer(
    status: int,
    error: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    **facts: object,
) -> Answer:
    """Answer with ``{"error": …, "message": …}``: a name for programs and a sentence for people."""
    return json_answer(status, {"error": error, "message": message, **facts}, headers)


def too_large(limit: int) -> Answer:
    """Refuse a body of more than ``limit`` bytes."""
    return error_answer(413, "too_large", f"the body may have at most {limit} bytes")


def close_unawaited(pending: object) -> None:
    """End a coroutine that nobody will await, so that Python does not warn of it."""
    if inspect.iscoroutine(pending):
        pending.close()
