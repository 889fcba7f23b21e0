"""OpenTelemetry providers that keep what they are told, on the API alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.metrics import Meter, MeterProvider, NoOpHistogram, NoOpMeter
from opentelemetry.trace import INVALID_SPAN_CONTEXT, Span, SpanKind, Tracer, TracerProvider


class KeptSpan(Span):
    """A span with everything that was set on it."""

    def __init__(self, name: str, kind: Any, attributes: Any, parent: Any) -> None:
        self.name, self.kind, self.parent = name, kind, parent
        self.attributes = dict(attributes or {})
        self.status: Any = None
        self.events: list[Any] = []
        self.ended = False

    def end(self, end_time: Any = None) -> None:
        self.ended = True

    def get_span_context(self) -> Any:
        return INVALID_SPAN_CONTEXT

    def set_attributes(self, attributes: Any) -> None:
        self.attributes.update(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def add_event(self, name: str, attributes: Any = None, timestamp: Any = None) -> None:
        self.events.append((name, attributes))

    def update_name(self, name: str) -> None:
        self.name = name

    def is_recording(self) -> bool:
        return not self.ended

    def set_status(self, status: Any, description: Any = None) -> None:
        self.status = (status, description)

    def record_exception(self, exception: Any, *args: Any, **kwargs: Any) -> None:
        self.events.append(exception)


class KeptTracer(Tracer):
    """Keeps every span that it starts."""

    def __init__(self) -> None:
        self.spans: list[KeptSpan] = []

    def start_span(self, name: str, *args: Any, **kwargs: Any) -> KeptSpan:
        current = trace.get_current_span()
        parent = current if isinstance(current, KeptSpan) else None
        span = KeptSpan(name, kwargs.get("kind"), kwargs.get("attributes"), parent)
        self.spans.append(span)
        return span

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> Iterator[KeptSpan]:
        wanted = {k: kwargs[k] for k in ("record_exception", "set_status_on_exception")}
        with trace.use_span(self.start_span(name, **kwargs), end_on_exit=True, **wanted) as span:
            yield span


class KeptHistogram(NoOpHistogram):
    """Keeps its measurements."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name)
        self.name, self.options = name, options
        self.measured: list[tuple[float, dict[str, Any]]] = []

    def record(self, amount: Any, attributes: Any = None, context: Any = None) -> None:
        self.measured.append((amount, dict(attributes or {})))


class KeptMeter(NoOpMeter):
    """Keeps its histograms."""

    def __init__(self) -> None:
        super().__init__("kept")
        self.histograms: list[KeptHistogram] = []

    def create_histogram(self, name: str, *args: Any, **options: Any) -> Any:
        self.histograms.append(KeptHistogram(name, **options))
        return self.histograms[-1]


class Kept(TracerProvider, MeterProvider):
    """Both providers in one, with everything that was told."""

    def __init__(self) -> None:
        self.tracer, self.meter = KeptTracer(), KeptMeter()

    def get_tracer(self, *args: Any, **kwargs: Any) -> Tracer:
        return self.tracer

    def get_meter(self, *args: Any, **kwargs: Any) -> Meter:
        return self.meter

    @property
    def spans(self) -> list[KeptSpan]:
        return self.tracer.spans

    @property
    def measured(self) -> list[tuple[float, dict[str, Any]]]:
        return [point for histogram in self.meter.histograms for point in histogram.measured]

    def shown(self) -> str:
        """Everything as one text, to be searched."""
        spans = [
            (s.name, s.attributes, s.status, s.events, [str(e) for e in s.events])
            for s in self.spans
        ]
        return repr((spans, self.measured))


__all__ = ["Kept", "KeptSpan", "SpanKind"]
