"""The sync default transport: http.client of the standard library over a pool of connections.

HTTP, chunks and TLS are done by the standard library. This package adds the pool, the total
deadline, the limits of a response, and the choice of address and proxy.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, cast
from weakref import WeakSet

import attrs

from lkapi.errors import LiveKitError
from lkapi.transports.base import FRESH_SECONDS, Request, Response
from lkapi.transports.failures import no_connection
from lkapi.transports.http_connection import FOREIGN, Connection
from lkapi.transports.options import HTTPOptions, Limits
from lkapi.transports.reading import decompress
from lkapi.transports.targets import Target, Targets

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

_TURN: Final = 0.1
"""Seconds after which a waiting thread checks again: an interrupted thread wakes no other."""


class HTTPClientTransport:
    """Blocking connections, kept open and shared by any number of threads.

    A request's deadline covers everything except the system's resolver, which cannot be
    interrupted: the deadline is checked after the name is resolved.
    """

    def __init__(self, options: HTTPOptions | None = None) -> None:
        self._options = options or HTTPOptions()
        self._targets = Targets(self._options)
        self._context: ssl.SSLContext | None = None
        self._pool = _Pool(self._options.limits)

    def send(self, request: Request) -> Response:
        """Carry out one exchange."""
        deadline = time.monotonic() + request.timeout
        target, limit = self._targets.find(request.url), self._options.limits.max_response_bytes
        if self._pool.process != os.getpid():  # the connections belong to the parent
            self._pool = _Pool(self._options.limits)
        pool = self._pool
        connection = pool.take(target, deadline, fresh=request.fresh_connection)
        if connection is None:
            raise no_connection(request.timeout)
        try:
            if not connection.is_open:
                connection.open(self._tls, deadline)
            response = connection.exchange(request, target, deadline, limit)
        except LiveKitError:
            raise
        except FOREIGN as error:
            raise connection.explain(error, request.timeout) from None
        finally:
            pool.give(connection)
        encoding = response.headers.get("content-encoding")
        if encoding is None:
            return response
        return attrs.evolve(response, content=decompress(response.content, encoding, limit))

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self._options.tls()
        return self._context

    def close(self) -> None:
        """Close the connections not in use; those in use are closed after their exchange."""
        pool, self._pool = self._pool, _Pool(self._options.limits)
        pool.close()


def _leaves_unlocked(method: Callable[P, T]) -> Callable[P, T]:
    """Release the pool's lock if an interruption ends a method between taking it and using it.

    In Python 3.14, a signal handler may raise after the ``__enter__`` of a lock, where the block
    that would release it has not begun (python/cpython#148874).
    """

    @functools.wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except BaseException:
            with suppress(RuntimeError):  # this thread does not have it
                cast("_Pool", args[0]).lock.release()
            raise

    return guarded


class _Pool:
    """The open connections of one process; one that nothing references is not counted."""

    def __init__(self, limits: Limits) -> None:
        self.process = os.getpid()
        self._limits = limits
        self._open: WeakSet[Connection] = WeakSet()
        self._idle: list[Connection] = []
        self.lock = threading.RLock()
        self._freed = threading.Condition(self.lock)
        self._most_idle = limits.idle

    @_leaves_unlocked
    def take(self, target: Target, deadline: float, *, fresh: bool) -> Connection | None:
        """A connection, which may not be open yet; None if none became free in time."""
        while True:
            with self.lock:
                connection = self._find(target, fresh=fresh) or self._add(target)
                if connection is None:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return None
                    self._freed.wait(min(left, _TURN))
                    continue
            if not connection.is_open or connection.is_usable():
                return connection
            self.give(connection)

    def _find(self, target: Target, *, fresh: bool) -> Connection | None:
        """The idle connection that was used last, if there is one that fits."""
        now = time.monotonic()
        while self._idle and now - self._idle[0].idle_since >= self._limits.idle_seconds:
            self._drop(self._idle.pop(0))
        for index in reversed(range(len(self._idle))):
            known = self._idle[index].target
            if known.origin == target.origin and known.proxy == target.proxy:
                recent = now - self._idle[index].idle_since < FRESH_SECONDS
                return self._idle.pop(index) if recent or not fresh else None
        return None

    def _add(self, target: Target) -> Connection | None:
        """A new connection if the limit allows one more; the longest idle one is closed for it."""
        if len(self._open) >= self._limits.connections and self._idle:
            self._drop(self._idle.pop(0))
        if len(self._open) >= self._limits.connections:
            return None
        connection = Connection(target)
        self._open.add(connection)
        return connection

    @_leaves_unlocked
    def give(self, connection: Connection) -> None:
        """Take a connection back: keep it, or close it if it may not be used again."""
        with self.lock:
            if connection.reusable:
                connection.reusable = False
                connection.idle_since = time.monotonic()
                self._idle.append(connection)
            else:
                self._drop(connection)
            if len(self._idle) > self._most_idle:
                self._drop(self._idle.pop(0))
            self._freed.notify()

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._open.discard(connection)

    @_leaves_unlocked
    def close(self) -> None:
        """Close what is idle, and everything else as soon as it comes back."""
        with self.lock:
            self._most_idle = 0
            while self._idle:
                self._drop(self._idle.pop())
