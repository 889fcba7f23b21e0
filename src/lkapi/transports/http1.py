"""One exchange of HTTP/1.1 without I/O (RFC 9112): a request to bytes, bytes to an answer.

httptools (llhttp, the parser of Node.js) reads the answer; here are the limits, and the rule that a
connection whose answer was not read to its certain end is never used again.
"""

from __future__ import annotations

from typing import Final

import httptools

from lkapi.errors import LiveKitError, TransportError, mask_tokens
from lkapi.transports.reading import Collector

MAX_HEAD_BYTES: Final = 64 * 1024


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
    return TransportError(f"the server's answer is not sound HTTP: {mask_tokens(why)}")


class AnswerReader:
    """Takes the bytes of one answer as they come.

    ``feed`` says when it is complete; then ``status``, ``headers`` and ``body`` hold it, and
    ``reusable`` says whether the connection may carry another exchange.
    """

    __slots__ = (
        "_body",
        "_done",
        "_framed",
        "_head",
        "_limit",
        "_parser",
        "_seen",
        "_taken",
        "headers",
        "reusable",
        "status",
    )

    def __init__(self, limit: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.reusable = False
        self._limit = limit
        self._body = Collector(limit)
        self._head = 0
        self._taken = 0
        self._seen = False
        self._framed = True
        self._done = False
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    @property
    def body(self) -> bytes:
        """The body as it was sent, not yet decompressed."""
        return self._body.content()

    def feed(self, data: bytes) -> bool:
        """Take some bytes; empty when the peer has closed. Whether the answer is complete.

        Raises:
            TransportError: it is not HTTP, too large, or ends too early.
        """
        parser = self._parser
        if not data or parser is None:
            return self._ended()
        self._seen = True
        self._taken += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise broken("it switches protocols, unasked") from None
        except httptools.HttpParserError as error:
            self._blame(error)
        if not self._done:
            self._weigh(self._taken - self._body.size, MAX_HEAD_BYTES + self._body.size)
            return False
        self._parser = None  # it refers to this object: without this, only the collector frees both
        return True

    def _blame(self, error: httptools.HttpParserError) -> None:
        """Raise what stopped the parser, unless the answer was complete before that."""
        own = error.__context__
        if isinstance(own, LiveKitError):
            raise own from None
        if not self._done:
            raise broken(str(error)) from None
        self.reusable = False

    def _ended(self) -> bool:
        if self.status and not self._framed:
            return True
        where = "in the middle of its answer" if self._seen else "without an answer"
        raise TransportError(f"the server closed the connection {where}")

    def _weigh(self, size: int, most: int = MAX_HEAD_BYTES) -> None:
        """Bound what is no body: heads, trailers, and the lines between chunks."""
        if size > most:
            raise broken(f"headers of more than {most} bytes")

    # What the parser calls

    def on_message_begin(self) -> None:
        """Another answer begins: the first one, or what nobody asked for."""
        if self._done:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one field of the head, or of the trailer, which is left aside."""
        if self._done or self.status:
            return
        self._head += len(name) + len(value)
        self._weigh(self._head)
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        before = self.headers.get(key)
        self.headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        """Decide how the body ends (RFC 9112 section 6.3); the interim answers have none."""
        if self._done or self._parser is None:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.headers = {}
            return
        self.status = status
        coding = self.headers.get("transfer-encoding", "chunked")
        if coding.lower() != "chunked":
            raise broken(f"transfer-encoding {coding[:60]!r}")
        lengths = "transfer-encoding" in self.headers or "content-length" in self.headers
        self._framed = lengths or status in (204, 304)

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        if not self._done:
            self._body.add(data)

    def on_message_complete(self) -> None:
        """The answer has ended, or an interim one before it."""
        if self.status and not self._done and self._parser is not None:
            self._done = True
            self.reusable = self._framed and self._parser.should_keep_alive()
