"""One connection of http.client: how it is opened, and one exchange on it."""

from __future__ import annotations

import email.errors
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Final, cast

from lkapi.errors import ConnectError, SettingsError, TransportError, mask_tokens
from lkapi.transports.base import Response
from lkapi.transports.failures import out_of_time, translate, unsound
from lkapi.transports.reading import (
    ACCEPT_ENCODING,
    MAX_HEAD_BYTES,
    Collector,
    joined_headers,
    too_large,
)
from lkapi.transports.timed_socket import TimedSocket, connect, time_left

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Mapping

    from lkapi.transports.base import Request
    from lkapi.transports.targets import Proxy, Target

FOREIGN: Final = (OSError, HTTPException, ValueError)
"""What a connection raises besides lkapi's own errors; ``explain`` translates it to those."""
_BLOCK: Final = 64 * 1024
_BROKEN_LINES: Final = (
    email.errors.MissingHeaderBodySeparatorDefect,
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
)


class _Response(HTTPResponse):
    """Skips every interim response; http.client only skips 100."""

    def begin(self) -> None:
        super().begin()
        while 101 < self.status < 200:
            vars(self)["headers"] = None  # otherwise the response counts as begun
            super().begin()


class _Client(HTTPConnection):
    response_class = _Response


class Connection:
    """A connection to one origin, direct or through a proxy; call ``open`` first."""

    _socket: TimedSocket
    _client: _Client

    def __init__(self, target: Target) -> None:
        self.target = target
        self.is_open = False
        self.idle_since = 0.0
        self.reusable = False
        """Whether the response certainly ended at the last byte that was read."""
        self.close: Callable[[], object] = object
        self._proxy = target.proxy
        self._sent = False

    def open(self, context: Callable[[], ssl.SSLContext], deadline: float) -> None:
        """Connect, by the proxy if there is one, and start TLS if the url asks for it."""
        target = self.target
        nearest = self._proxy or target
        self._use(connect(nearest.host, nearest.port, deadline), deadline)
        if self._proxy is not None and target.secure:
            self._open_tunnel(self._proxy)
        if target.secure or nearest.scheme == "https":
            host = target.host if target.secure else nearest.host
            sock = context().wrap_socket(
                self._socket.reader.sock, server_hostname=host, do_handshake_on_connect=False
            )
            self._use(sock, deadline)
            sock.settimeout(time_left(deadline))
            sock.do_handshake()
        self.is_open = True

    def _use(self, sock: socket.socket, deadline: float) -> None:
        self._socket = TimedSocket(sock)
        self._socket.start(deadline)
        self.close = self._socket.reader.close_socket
        self._client = _Client(self.target.host, self.target.port)
        self._client.sock = cast("socket.socket", self._socket)

    def _open_tunnel(self, proxy: Proxy) -> None:
        host = f"[{self.target.host}]" if ":" in self.target.host else self.target.host
        where = f"{host}:{self.target.port}"
        self._put_head("CONNECT", where, {"host": where, **proxy.headers})
        self._client.endheaders()
        with self._client.getresponse() as response:
            if not 200 <= response.status < 300:
                raise proxy.refusal(response.status, mask_tokens(response.reason)[:100])

    def is_usable(self) -> bool:
        """Whether the peer has neither closed an idle connection nor sent anything on it."""
        return self._socket.is_quiet()

    def exchange(self, request: Request, target: Target, deadline: float, limit: int) -> Response:
        """Send a request and read its response, whose body is not yet decompressed."""
        self.reusable = self._sent = False
        self._socket.start(deadline)
        path, via = target.path, {}
        if self._proxy is not None and not target.secure:
            path, via = f"http://{target.netloc}{path}", self._proxy.headers
        headers = {"host": target.netloc, **request.headers, **via}
        headers["accept-encoding"] = ACCEPT_ENCODING
        if request.content or request.method == "POST":
            headers["content-length"] = str(len(request.content))
        self._put_head(request.method, path, headers)
        self._socket.content = request.content
        time_left(deadline)
        self._sent = True
        stopped: OSError | None = None
        try:
            self._client.endheaders()
        except TimeoutError:
            raise
        except OSError as error:  # a peer that stops reading may still have sent a response
            stopped = error
        try:
            response = self._read(limit)
        except FOREIGN:
            if stopped is None:
                raise
            raise stopped from None
        self.reusable = self.reusable and stopped is None
        return response

    def _put_head(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        self._client.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        name = ""
        try:
            for name, value in headers.items():
                self._client.putheader(name, value)
        except ValueError:
            told = f"the header {name!r} has characters that cannot be sent"
            raise SettingsError(told) from None

    def _read(self, limit: int) -> Response:
        reader = self._socket.reader
        with self._client.getresponse() as response:
            if response.status == 407 and self._proxy is not None and not self.target.secure:
                raise self._proxy.refusal(response.status, mask_tokens(response.reason)[:100])
            if reader.ended:
                raise HTTPException("it ends inside its headers")
            headers = _read_headers(response)
            if (response.length or 0) > limit:
                raise too_large(limit)
            body = Collector(limit)
            while not response.isclosed():
                reader.room = MAX_HEAD_BYTES + 2 * _BLOCK
                body.add(response.read(min(_BLOCK, limit + 1 - body.size)))
        if response.length:
            raise IncompleteRead(b"", response.length)
        self.reusable = not response.will_close and not reader.ended
        return Response(response.status, headers, body.content())

    def explain(self, error: Exception, timeout: float) -> TransportError:
        """The error of this package for one of ``FOREIGN``."""
        if isinstance(error, TimeoutError):
            return out_of_time(timeout, sent=self._sent)
        if not self._sent and self._proxy is not None:
            by = f"by the proxy {self._proxy.host}:{self._proxy.port}"
            return ConnectError(f"could not connect {by}: {mask_tokens(str(error))[:200]}")
        if not self._sent or isinstance(error, OSError):
            return translate(error, timeout, self._sent, direct=True)
        if self._socket.reader.ended:
            return TransportError("the server closed the connection in the middle of its response")
        return unsound(f"{type(error).__name__}: {error}")


def _read_headers(response: HTTPResponse) -> dict[str, str]:
    """The headers, names in lower case; refused unless they say clearly where the body ends."""
    if response.status < 200:
        raise HTTPException(f"{response.status} is not the status of a response")
    if any(isinstance(defect, _BROKEN_LINES) for defect in response.headers.defects):
        raise HTTPException("a header line without a name")
    headers = joined_headers([(name, value.strip()) for name, value in response.headers.items()])
    if any("\n" in value for value in headers.values()):
        raise HTTPException("a header that spans several lines")
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and (coding.lower() != "chunked" or length is not None):
        raise HTTPException(f"transfer-encoding {coding} with content-length {length}")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise HTTPException(f"content-length {length}")
    return headers
