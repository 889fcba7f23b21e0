"""Recordings of deliveries: one JSON object a line, without the token that came with each.

The token is a bearer credential, so only its claims are kept: the same token can be made again from
them and the secret.
"""

from __future__ import annotations

import base64
import json
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

__all__ = ["Recorded", "open_recording", "read_recording"]

_KEPT_HEADERS: Final = ("Content-Type", "User-Agent")
_OWNER_ONLY: Final = 0o600


@attrs.frozen
class Recorded:
    """One delivery as it was received."""

    body: bytes = attrs.field(repr=False)
    event: str = ""
    """Name of the event."""
    received_at: str = ""
    claims: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """The payload of the token."""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Content type and user agent; no other header is kept."""

    @classmethod
    def of(
        cls,
        body: bytes,
        event: str,
        claims: Mapping[str, Any],
        headers: Mapping[str, str],
        now: float,
    ) -> Recorded:
        """Keep what may be kept of a verified delivery."""
        lower = {name.lower(): text for name, text in headers.items()}
        kept = {name: lower[name.lower()] for name in _KEPT_HEADERS if name.lower() in lower}
        moment = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds")
        return cls(body, event, moment.replace("+00:00", "Z"), claims, kept)

    def to_line(self) -> str:
        """The line of the file; a body that is not UTF-8 goes in as base64."""
        try:
            body = {"body": self.body.decode()}
        except UnicodeDecodeError:
            body = {"bodyBase64": base64.b64encode(self.body).decode()}
        members = {
            "receivedAt": self.received_at,
            "event": self.event,
            "claims": dict(self.claims),
            "headers": dict(self.headers),
            **body,
        }
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_line(cls, line: str) -> Recorded:
        """Read a line.

        Raises:
            ValueError: it is not a line of a recording.
        """
        found: object = json.loads(line)
        if not isinstance(found, dict):
            raise ValueError("it is not an object")  # noqa: TRY004 - one kind of refusal for any bad line
        members = cast("dict[str, Any]", found)
        claims, headers = members.get("claims", {}), members.get("headers", {})
        if not isinstance(claims, dict) or not isinstance(headers, dict):
            raise ValueError("claims or headers are not an object")  # noqa: TRY004
        return cls(
            _read_body(members),
            str(members.get("event", "")),
            str(members.get("receivedAt", "")),
            cast("dict[str, Any]", claims),
            {str(name): str(text) for name, text in cast("dict[str, Any]", headers).items()},
        )


def _read_body(members: Mapping[str, Any]) -> bytes:
    text, encoded = members.get("body"), members.get("bodyBase64")
    if isinstance(text, str):
        return text.encode()
    if isinstance(encoded, str):
        return base64.b64decode(encoded, validate=True)
    raise ValueError("no body")


def open_recording(path: str) -> BinaryIO:
    """Open a recording to add lines, unbuffered; only its owner can read a new one.

    Raises:
        click.UsageError: it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OWNER_ONLY)
    except OSError as error:
        raise click.UsageError(f"--record: {path!r} cannot be written: {error.strerror}") from None
    return os.fdopen(descriptor, "ab", buffering=0)


def read_recording(text: str, source: str) -> Iterator[Recorded]:
    """The deliveries of a recording, in order; empty lines are skipped.

    Raises:
        click.UsageError: a line is not a recorded delivery; the text says which.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield Recorded.from_line(line)
        except (ValueError, RecursionError) as error:
            raise click.UsageError(
                f"line {number} of {source!r} is not a recorded delivery ({error}): "
                "`lkapi webhook listen --record` writes such files"
            ) from None
