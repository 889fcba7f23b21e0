"""One call as a plan without I/O: what to send next, and what an outcome means.

A driver sends ``next_request()``, calls ``on_response()`` or ``on_failure()`` with the outcome, and
does what the returned step says. Nothing here waits, sleeps or reads a clock of its own.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, Generic

import attrs

from lkapi._version import __version__
from lkapi.errors import (
    APIError,
    Attempt,
    BadRouteError,
    DecodeError,
    LiveKitError,
    TransportError,
)
from lkapi.methods.info import Idempotency, MethodInfo, Req, Res
from lkapi.rpc.options import REQUEST_ID, CallOptions
from lkapi.rpc.regions import DISCOVERY_TIMEOUT, REGIONS_PATH, Failover, next_origin
from lkapi.rpc.responses import FailedCall, hide_token, holds_message, read_failure
from lkapi.rpc.retry import Outcome, draw_random, may_repeat
from lkapi.rpc.steps import Again, Discover, Done, Raise
from lkapi.transports.base import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from lkapi.rpc.records import CallInfo, CallRecord, RequestInfo, ResponseInfo, RetryInfo
    from lkapi.rpc.steps import Step
    from lkapi.rpc.tokens import TokenSource
    from lkapi.settings import ServerURL

USER_AGENT: Final = f"lkapi-python/{__version__}"
HALVING_FROM: Final = 5.0
"""If at least so many seconds remain, an attempt leaves half of them to the next one."""
_LEAST: Final = 0.001


def new_request_id() -> str:
    """A fresh ``X-Livekit-Request-Id``: a random UUID (RFC 9562 section 5.4)."""
    text = os.urandom(16).hex()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def _domain_of(context: Context) -> str | None:
    return context.failover.domain_of(context.url)


def _deduplicates(context: Context) -> bool:
    return context.failover.deduplicates(context.url)


@attrs.frozen(kw_only=True)
class Context:
    """What all calls of one client share, apart from I/O."""

    url: ServerURL
    tokens: TokenSource
    failover: Failover = attrs.field(factory=Failover)
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = draw_random
    new_id: Callable[[], str] = new_request_id
    domain: str | None = attrs.field(init=False, default=attrs.Factory(_domain_of, takes_self=True))
    """The domain within which calls may move; None if they may not move."""
    deduplicated: bool = attrs.field(
        init=False, default=attrs.Factory(_deduplicates, takes_self=True)
    )
    """Whether the server acts only once on a request id that it receives twice."""


class Call(Generic[Req, Res]):
    """The state of one logical call over all its attempts."""

    __slots__ = (
        "_ambiguous",
        "_attempt_started",
        "_attempts",
        "_authorization",
        "_busy",
        "_content",
        "_context",
        "_deadline",
        "_last",
        "_needs",
        "_number",
        "_options",
        "_response",
        "_started",
        "_timeout",
        "_tried",
        "_wait",
        "method",
        "origin",
        "request_id",
    )

    def __init__(
        self,
        context: Context,
        method: MethodInfo[Req, Res],
        request: Req,
        options: CallOptions,
        timeout: float | None = None,
    ) -> None:
        """Plan a call of so many seconds in total; None for the client's or method's default."""
        if method.prepare is not None:
            request = method.prepare(request)
        total = _total(method, request, options) if timeout is None else timeout
        self.method = method
        self.origin = context.url.origin
        self.request_id = options.headers.get(REQUEST_ID) or context.new_id()
        self._context = context
        self._options = options
        self._content = request.to_bytes()
        self._needs = method.needs(request)
        self._authorization = context.tokens.authorization(self._needs, total)
        self._started = self._attempt_started = context.clock()
        self._deadline = self._started + total
        self._timeout = total
        self._number = 0
        self._attempts: list[Attempt] = []
        self._tried = [self.origin]
        self._ambiguous = False
        self._busy = 0
        self._wait = 0.0
        self._last: LiveKitError | None = None
        self._response: Response | None = None

    # What to send

    def next_request(self) -> Request:
        """The next attempt.

        Raises:
            LiveKitError: the error of the previous attempt, if the time has run out since.
        """
        now = self._context.clock()
        remaining = self._deadline - now
        if self._last is not None and remaining < _LEAST:
            raise self._last
        self._number += 1
        self._attempt_started = now
        self._timeout = timeout = self._share(remaining)
        milliseconds = str(max(1, int(timeout * 1000)))
        return Request(
            "POST",
            self._context.url.at(self.origin) + self.method.path,
            {
                "authorization": self._authorization,
                "content-type": "application/protobuf",
                "user-agent": USER_AGENT,
                **self._options.headers,
                REQUEST_ID: self.request_id,
                "x-twirp-timeout-ms": milliseconds,
            },
            self._content,
            timeout,
            not self._may_repeat(Outcome.LOST),
        )

    def _share(self, remaining: float) -> float:
        """Seconds for this attempt: half of the rest if another may follow a timeout, else all."""
        another = self._number < self._options.retry.attempts
        safe = self.method.idempotency is Idempotency.SAFE
        if another and safe and remaining >= HALVING_FROM:
            return remaining / 2
        return max(remaining, _LEAST)

    def discovery_request(self) -> Request:
        """The request for the region list: to the host the user named, with the call's token."""
        remaining = self._deadline - self._context.clock()
        return Request(
            method="GET",
            url=self._context.url.origin + REGIONS_PATH,
            headers={
                "authorization": self._authorization,
                "user-agent": USER_AGENT,
                **self._options.headers,
                REQUEST_ID: self.request_id,
            },
            timeout=max(_LEAST, min(DISCOVERY_TIMEOUT, remaining)),
        )

    # What an outcome means

    def on_response(self, response: Response) -> Step[Res]:
        """Decide what follows from a response."""
        try:
            if holds_message(response):
                self._response = response
                return Done(self.method.response.from_bytes(response.content))
            self._response = response = hide_token(response, self._authorization)
            failed = read_failure(response, self.method.response)
        except DecodeError as error:
            error.__cause__ = error.__context__ = error.__traceback__ = None  # hold the body
            return self._give_up(error, f"HTTP {response.status}, unusable answer")
        return self._on_error_response(failed)

    def _on_error_response(self, failed: FailedCall) -> Step[Res]:
        error = failed.error(self.method, self.request_id, self.origin)
        summary = f"HTTP {error.status} {error.code}"
        if error.code == "not_found" and self.method.deletes and self._ambiguous:
            return Done(self.method.response())
        if failed.credentials:
            error.hint = failed.credentials_hint(self._needs)
        if isinstance(error, BadRouteError):
            error.hint = f"{self._context.url.at(self.origin)}: {error.hint}"
        if failed.unavailable and not self._context.deduplicated:
            self._busy += 1
            error.hint = _MISSING_HINT
            if self._busy > 1:
                return self._give_up(error, summary)
        return self._next(failed.outcome, error, summary, error.retry_after)

    def on_failure(self, error: TransportError) -> Step[Res]:
        """Decide what follows from an attempt without a response."""
        self._response = None
        outcome = Outcome.LOST if error.sent else Outcome.NOT_SENT
        error.method, error.request_id = str(self.method), self.request_id
        error.sent = error.sent or self._ambiguous
        return self._next(outcome, error, str(error.args[0]), None)

    def _next(
        self,
        outcome: Outcome,
        error: APIError | TransportError,
        summary: str,
        retry_after: float | None,
    ) -> Step[Res]:
        if outcome in (Outcome.LOST, Outcome.SERVER_ERROR):
            self._ambiguous = True
        movable = self.domain is not None
        if outcome is Outcome.WRONG_REGION and not movable:
            return self._give_up(error, summary)
        if self._number >= self._options.retry.attempts or not self._may_repeat(outcome):
            return self._give_up(error, summary)
        self._wait = self._backoff(outcome, retry_after)
        if self._context.clock() + self._wait >= self._deadline - _LEAST:
            return self._give_up(error, summary)
        self._note(summary)
        self._last = error
        error.attempts = tuple(self._attempts)
        if outcome is Outcome.WRONG_REGION:
            return Discover(fresh=True)
        if movable and outcome is not Outcome.RATE_LIMITED and self._context.failover.enabled:
            return Discover(fresh=False)
        return Again(self._wait)

    def on_regions(self, origins: Collection[str]) -> Raise | Again:
        """Go on at the next region, or at the same host if none is left.

        Args:
            origins: allowed region origins in order of preference; empty when none are known.
        """
        target = next_origin(origins, self._tried)
        if target is not None:
            self._tried.append(target)
            self.origin = target
        elif isinstance(self._last, APIError) and self._last.status == 451:
            return Raise(self._last)
        return Again(self._wait)

    def _give_up(self, error: APIError | TransportError | DecodeError, summary: str) -> Raise:
        self._note(summary)
        error.method, error.request_id = str(self.method), self.request_id
        error.attempts = tuple(self._attempts)
        self._last = error
        return Raise(error)

    def _note(self, summary: str) -> None:
        elapsed = self._context.clock() - self._attempt_started
        self._attempts.append(Attempt(self.origin, summary, elapsed))

    def _backoff(self, outcome: Outcome, retry_after: float | None) -> float:
        if outcome is Outcome.WRONG_REGION:
            return 0.0
        return self._options.retry.wait(
            self._number, retry_after=retry_after, draw=self._context.draw
        )

    def _may_repeat(self, outcome: Outcome) -> bool:
        known = self._context.deduplicated
        return may_repeat(outcome, self.method.idempotency, deduplicated=known)

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - self._context.clock()

    @property
    def home(self) -> str:
        """The origin that the user named."""
        return self._context.url.origin

    @property
    def domain(self) -> str | None:
        """The domain within which the call may move; None when it may not."""
        return self._context.domain

    # What hooks and records show

    def info(self) -> CallInfo:
        """The call as a whole, before it is made."""
        from lkapi.rpc.records import CallInfo

        return CallInfo(method=str(self.method), request_id=self.request_id, origin=self.home)

    def request_info(self, request: Request) -> RequestInfo:
        """The attempt that ``next_request()`` just made."""
        from lkapi.rpc.records import RequestInfo

        return RequestInfo(
            method=str(self.method),
            request_id=self.request_id,
            origin=self.origin,
            attempt=self._number,
            timeout=self._timeout,
            verb=request.method,
            url=request.url,
        )

    def response_info(self, response: Response, origin: str) -> ResponseInfo:
        """The response to the current attempt."""
        from lkapi.rpc.records import ResponseInfo

        return ResponseInfo(
            method=str(self.method),
            request_id=self.request_id,
            origin=origin,
            attempt=self._number,
            status=response.status,
            headers=response.headers,
            elapsed=self._context.clock() - self._attempt_started,
        )

    def retry_info(self, step: Again) -> RetryInfo:
        """The retry that a step asks for."""
        from lkapi.rpc.records import RetryInfo

        failed = self._attempts[-1]
        return RetryInfo(
            method=str(self.method),
            request_id=self.request_id,
            attempt=self._number,
            origin=failed.origin,
            next_origin=self.origin,
            wait=step.wait,
            reason=failed.outcome,
        )

    def record(self, error: LiveKitError | None) -> CallRecord:
        """The finished call."""
        from lkapi.rpc.records import CallRecord

        response = self._response
        if error is None and response is not None:
            self._note(f"HTTP {response.status}")
        return CallRecord(
            method=str(self.method),
            request_id=self.request_id,
            status=None if response is None else response.status,
            headers={} if response is None else response.headers,
            attempts=tuple(self._attempts),
            region=self.origin.partition("://")[2],
            elapsed=self._context.clock() - self._started,
            error=error,
        )


_MISSING_HINT: Final = (
    "a self-hosted server also returns this if the room or participant does not exist, "
    "or if no worker of that kind is running"
)


def _total(method: MethodInfo[Req, Res], request: Req, options: CallOptions) -> float:
    known = None if method.timeout is None else method.timeout(request)
    return options.timeout if known is None else max(options.timeout, known)
