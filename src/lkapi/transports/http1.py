# LEAD: read src/lkapi/transports/NOTE_FROM_LEAD.md first, then remove this line
"""HTTP/1.1 as one exchange needs it (RFC 9112), without I/O: request to bytes, bytes to answer.

Strict where two readings of an answer could differ: a connection whose answer was not read to its
certain end is never used again.
"""

from __future__ import annotations

import re
from typing import Final

from lkapi.errors import TransportError, mask_tokens
from lkapi.transports.reading import too_large

MAX_HEAD_BYTES: Final = 64 * 1024

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\x00\r\n]*)?")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_DIGITS: Final = re.compile(r"[0-9]{1,18}")


class Wire(bytes):
    """The bytes of a request, with a repr that shows none of them: they hold a token."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


def write_request(
    method: str, target: str, host: str, headers: dict[str, str], content: bytes
) -> bytes:
    """Head and body of a request; names and values are known to be sound."""
    lines = [f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    if content or method == "POST":
        lines.append(f"content-length: {len(content)}\r\n")
    lines.append("\r\n")
    return Wire("".join(lines).encode("latin-1") + content)


def broken(why: str) -> TransportError:
    """The error for an answer that is not HTTP."""
    return TransportError(f"the server's answer is not sound HTTP: {why}")


def _shown(text: str | bytes) -> str:
    """The beginning of what came, for an error; masked before it is cut."""
    line = text.decode("latin-1") if isinstance(text, bytes) else text
    return repr(mask_tokens(line)[:60])


class AnswerReader:
    """Takes the bytes of one answer as they come.

    ``feed`` says when it is complete; then ``status``, ``headers`` and ``body`` hold it, and
    ``reusable`` says whether the connection may carry another exchange.
    """

    __slots__ = (
        "_buffer",
        "_chunks",
        "_left",
        "_limit",
        "_mode",
        "_size",
        "headers",
        "reusable",
        "status",
    )

    def __init__(self, limit: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.reusable = False
        self._limit = limit
        self._buffer = b""
        self._mode = "head"
        self._left = 0
        self._size = 0
        self._chunks: list[bytes] = []

    @property
    def body(self) -> bytes:
        """The body as it was sent, not yet decompressed."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def feed(self, data: bytes) -> bool:
        """Take some bytes; empty when the peer has closed. Whether the answer is complete.

        Raises:
            TransportError: it is not HTTP, too large, or ends too early.
        """
        if not data:
            return self._ended()
        self._buffer = self._buffer + data if self._buffer else data
        while self._mode == "head":
            if not self._read_head():
                return False
        if self._mode == "chunked":
            return self._read_chunks()
        return self._read_plain()

    def _ended(self) -> bool:
        if self._mode == "until close":
            return True
        if self._mode == "head" and not self._buffer:
            raise TransportError("the server closed the connection without an answer")
        raise TransportError("the server closed the connection in the middle of its answer")

    # The head

    def _read_head(self) -> bool:
        end = _HEAD_END.search(self._buffer)
        if end is None or end.end() > MAX_HEAD_BYTES:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise broken(f"headers of more than {MAX_HEAD_BYTES} bytes")
            return False
        lines = self._buffer[: end.start()].decode("latin-1").split("\n")
        self._buffer = self._buffer[end.end() :]
        first = lines[0].removesuffix("\r")
        status = _STATUS.fullmatch(first)
        if status is None:
            raise broken(f"it begins {_shown(first)}")
        self.status = int(status[2])
        self.headers = self._read_fields(lines)
        if self.status >= 200:
            self._choose_framing(old=status[1] == "0")
        elif self.status == 101:
            raise broken("it switches protocols, unasked")
        return True

    def _read_fields(self, lines: list[str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not _NAME.fullmatch(name):
                raise broken(f"the header line {_shown(line)}")
            key, text = name.lower(), value.strip(" \t\r")
            if key in fields:
                text = _combined(key, fields[key], text)
            fields[key] = text
        return fields

    def _choose_framing(self, *, old: bool) -> None:
        """How the body ends (RFC 9112 section 6.3)."""
        fields = self.headers
        options = fields.get("connection", "").lower()
        self.reusable = "keep-alive" in options if old else "close" not in options
        coding, length = fields.get("transfer-encoding"), fields.get("content-length")
        if self.status in (204, 304):
            self._mode, self._left = "length", 0
        elif coding is not None:
            if coding.lower() != "chunked":
                raise broken(f"transfer-encoding {_shown(coding)}")
            self._mode = "chunked"
            self.reusable = self.reusable and length is None
        elif length is not None:
            if not _DIGITS.fullmatch(length):
                raise broken(f"content-length {_shown(length)}")
            self._mode, self._left = "length", int(length)
            self._allow(self._left)
        else:
            self._mode, self.reusable = "until close", False

    # The body

    def _allow(self, more: int) -> None:
        self._size += more
        if self._size > self._limit:
            raise too_large(self._limit)

    def _read_plain(self) -> bool:
        data, self._buffer = self._buffer, b""
        if self._mode == "until close":
            self._allow(len(data))
            self._chunks.append(data)
            return False
        if len(data) > self._left:
            data, self.reusable = data[: self._left], False
        if data:
            self._chunks.append(data)
        self._left -= len(data)
        return self._left == 0

    def _read_chunks(self) -> bool:
        """Read as many chunks as are there; ``_left`` counts the current one with its line end."""
        while True:
            if self._left:
                taken, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
                self._left -= len(taken)
                self._keep(taken)
                if self._left:
                    return False
            line, end, rest = self._buffer.partition(b"\n")
            if not end:
                if len(line) > MAX_HEAD_BYTES:
                    raise broken("an endless chunk header")
                return False
            size = _SIZE.fullmatch(line.removesuffix(b"\r"))
            if size is None:
                raise broken(f"the chunk header {_shown(line)}")
            length = int(size[1], 16)
            if length == 0:
                return self._read_trailer(rest)
            self._allow(length)
            self._buffer, self._left = rest, length + 2

    def _keep(self, taken: bytes) -> None:
        """Keep the part of a chunk that is data; the last two bytes of it are its line end."""
        data_left = self._left - 2
        if data_left >= 0:
            self._chunks.append(taken)
            return
        ending = min(len(taken), -data_left)
        expected = b"\r\n"[-data_left - ending : -data_left]
        if taken[-ending:] != expected:
            raise broken("a chunk that does not end where it should")
        if ending < len(taken):
            self._chunks.append(taken[:-ending])

    def _read_trailer(self, rest: bytes) -> bool:
        """Skip trailer fields up to the empty line; ``rest`` is what follows the last chunk."""
        if rest.startswith(b"\r\n"):
            after = rest[2:]
        else:
            end = _HEAD_END.search(rest)
            if end is None:
                if len(rest) > MAX_HEAD_BYTES:
                    raise broken("an endless trailer")
                return False
            after = rest[end.end() :]
        self.reusable = self.reusable and not after
        return True


def _combined(key: str, before: str, value: str) -> str:
    """One value of a field that came twice; lengths must agree (RFC 9112 section 6.3)."""
    if key != "content-length":
        return f"{before}, {value}"
    if before != value:
        raise broken("two different lengths")
    return value
