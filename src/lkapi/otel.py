"""Spans and metrics of calls for OpenTelemetry (``pip install 'lkapi-sdk[otel]'``).

Names follow the semantic conventions 1.45 for RPC and HTTP clients. No attribute holds a token, a
body, a server's text or anything else that a request carries.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lkapi._version import __version__
from lkapi.errors import APIError, SettingsError

try:
    from opentelemetry import metrics, trace
    from opentelemetry.trace import SpanKind, StatusCode
except ImportError as error:
    raise SettingsError("lkapi.otel needs OpenTelemetry: pip install 'lkapi-sdk[otel]'") from error

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from opentelemetry.metrics import Histogram, MeterProvider
    from opentelemetry.trace import Span, TracerProvider

    from lkapi.rpc.records import CallInfo, CallRecord, RequestInfo, ResponseInfo

    Attributes = dict[str, str | int]

__all__ = ["OpenTelemetry"]

_SCOPE: Final = "lkapi"
_SCHEMA: Final = "https://opentelemetry.io/schemas/1.45.0"
_SECONDS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60,
)  # fmt: skip


class OpenTelemetry:
    """Records a span for each call, a child span for each attempt, and the duration of calls.

    ::

        api = lkapi.LiveKitAPI(telemetry=lkapi.otel.OpenTelemetry())

    One object can be used for any number of clients. Spans are named
    ``livekit.RoomService/CreateRoom`` and, for attempts, by their HTTP verb; the histogram is
    ``rpc.client.call.duration``.

    Args:
        tracer_provider: the process-wide one by default.
        meter_provider: the process-wide one by default.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, __version__, tracer_provider, _SCHEMA)
        meter = metrics.get_meter(_SCOPE, __version__, meter_provider, _SCHEMA)
        self._calls: Histogram = meter.create_histogram(
            "rpc.client.call.duration",
            unit="s",
            description="Duration of calls, all their attempts and waits included.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    @contextlib.contextmanager
    def watch_call(self, info: CallInfo) -> Generator[Callable[[CallRecord], object], None, None]:
        """Surround a call with a span, and measure it."""
        known: Attributes = {
            "rpc.system.name": "twirp",
            "rpc.method": f"livekit.{info.method}",
            **_server(info.origin),
        }
        outcome: Attributes = {}
        began = time.perf_counter()
        with self._span(f"livekit.{info.method}", known) as span:
            span.set_attribute("livekit.request_id", info.request_id)

            def tell(record: CallRecord) -> None:
                outcome.update(_outcome(record))
                span.set_attribute("livekit.attempts", len(record.attempts))

            try:
                yield tell
            except BaseException as error:
                outcome.setdefault("error.type", _kind(error))
                raise
            finally:
                span.set_attributes(outcome)
                self._calls.record(time.perf_counter() - began, {**known, **outcome})

    @contextlib.contextmanager
    def watch_attempt(
        self, info: RequestInfo
    ) -> Generator[Callable[[ResponseInfo], object], None, None]:
        """Surround an attempt with the span of an HTTP request."""
        known: Attributes = {
            "http.request.method": info.verb,
            "url.full": info.url.partition("?")[0],
            **_server(info.origin),
        }
        if info.attempt > 1:
            known["http.request.resend_count"] = info.attempt - 1
        with self._span(info.verb, known) as span:

            def tell(response: ResponseInfo) -> None:
                span.set_attribute("http.response.status_code", response.status)
                if response.status >= 400:
                    span.set_attribute("error.type", str(response.status))
                    span.set_status(StatusCode.ERROR)

            try:
                yield tell
            except BaseException as error:
                span.set_attribute("error.type", _kind(error))
                raise

    @contextlib.contextmanager
    def _span(self, name: str, attributes: Attributes) -> Generator[Span, None, None]:
        """A current span that notes a failure without the text of the exception."""
        with self._tracer.start_as_current_span(
            name,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException:
                span.set_status(StatusCode.ERROR)
                raise


def _server(origin: str) -> Attributes:
    parts = urlsplit(origin)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"server.address": parts.hostname or "", "server.port": port}


def _outcome(record: CallRecord) -> Attributes:
    error = record.error
    if error is None:
        return {}
    if isinstance(error, APIError):
        return {"rpc.response.status_code": error.code, "error.type": error.code}
    return {"error.type": _kind(error)}


def _kind(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"
