"""No well-formed request, however odd, makes a handler panic or spoils the world for the next."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import HealthCheck, given, settings, strategies as st

from lkapi.devserver.handlers import find_handler
from lkapi.message.layout import is_repeated
from lkapi.methods import all_methods
from lkapi.methods.info import MethodInfo
from lkapi.transports.base import Request
from tests.devserver.furnished import REQUESTS, furnish
from tests.devserver.service_calls import ServiceServer

ROWS = [row for row in all_methods() if find_handler(row.path) is not None]
PLACES = ["$dispatch", "$track", "$outbound", "$inbound", "$rule", "$egress", "$ingress"]
TEXTS = st.sampled_from(
    [
        *(
            "",
            "demo",
            "ann",
            "caller",
            "x",
            "+14155550100",
            "tel:+14155550101",
            "sip:a@b",
            "<sip:>",
        ),
        *("https://example.com/a", "rtmp://example.com/x", "http://[", "X-A", "Bad Header", "US"),
        *("{room_name}", "\u00e9\u0000", "$number", "$whatsapp", *PLACES),
    ]
)
SMALL = st.sampled_from([0, 1, 2, 3, 17, 99])
SIGNED = {
    FieldDescriptor.TYPE_INT32: 32,
    FieldDescriptor.TYPE_INT64: 64,
    FieldDescriptor.TYPE_SINT32: 32,
    FieldDescriptor.TYPE_SINT64: 64,
}
UNSIGNED = {FieldDescriptor.TYPE_UINT32: 32, FieldDescriptor.TYPE_UINT64: 64}
TIMES = {
    "google.protobuf.Duration": st.sampled_from(["0s", "1.5s", "-1s", "86400s"]),
    "google.protobuf.Timestamp": st.just("2026-01-02T03:04:05Z"),
}
DEPTH = 4


def value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    """JSON values that fit one field, the repeated ones as lists."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        inner = single(field.message_type.fields_by_name["value"], depth)
        return st.dictionaries(TEXTS, inner, max_size=2)
    if is_repeated(field):
        return st.lists(single(field, depth), max_size=2)
    return single(field, depth)


def single(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    kind, inner = field.type, field.message_type
    if inner is not None:
        return TIMES[inner.full_name] if inner.full_name in TIMES else message(inner, depth + 1)
    if kind == FieldDescriptor.TYPE_BOOL:
        return st.booleans()
    if kind == FieldDescriptor.TYPE_STRING:
        return TEXTS
    if kind == FieldDescriptor.TYPE_BYTES:
        return st.sampled_from(["", "aGVsbG8=", "MDEyMzQ1Njc4OWFiY2RlZg=="])
    if kind in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
        return st.sampled_from([0.0, 25.5, -1.0])
    if kind in SIGNED:
        limit = 2 ** (SIGNED[kind] - 1)
        return SMALL | st.sampled_from([-1, -limit, limit - 1])
    if kind in UNSIGNED:
        return SMALL | st.just(2 ** UNSIGNED[kind] - 1)
    return SMALL


def message(kind: Descriptor, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that fit a message, with any of its fields."""
    deep = depth >= DEPTH
    fields = [field for field in kind.fields if not (deep and field.message_type is not None)]
    values = {field.name: st.deferred(lambda field=field: value(field, depth)) for field in fields}
    whole = st.fixed_dictionaries({}, optional=values)
    return whole.map(lambda found: one_of_each(kind, found))


def one_of_each(kind: Descriptor, found: dict[str, Any]) -> dict[str, Any]:
    """The same with one member left of each oneof."""
    taken: set[str] = set()
    kept: dict[str, Any] = {}
    for name, item in found.items():
        oneof = kind.fields_by_name[name].containing_oneof
        if oneof is not None and oneof.name in taken:
            continue
        if oneof is not None:
            taken.add(oneof.name)
        kept[name] = item
    return kept


def requests(row: MethodInfo[Any, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Requests for a method: random ones, and good ones with something random in them."""
    kind: Descriptor = row.request.__layout__.descriptor
    good = REQUESTS[str(row)]
    more = message(kind)
    nearly = more.map(lambda found: one_of_each(kind, {**good, **dict(list(found.items())[:2])}))
    return more | nearly


STRATEGIES = {str(row): requests(row) for row in ROWS}
CALLS = st.sampled_from(ROWS).flatmap(
    lambda row: STRATEGIES[str(row)].map(lambda body: (row, body))
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(st.lists(CALLS, min_size=1, max_size=4))
def test_no_request_makes_the_server_panic(calls: list[tuple[Any, dict[str, Any]]]) -> None:
    """Every answer is a success or a proper refusal, then and after an hour has passed."""
    server = ServiceServer("cloud")
    ids = furnish(server)
    for row, body in calls:
        request = row.request.from_dict(filled(body, ids), strict=True)
        claims = row.needs(request).as_claims()
        sent = {
            "Authorization": f"Bearer {server.token(**claims)}",
            "Content-Type": "application/protobuf",
        }
        answer = server.dev.handle(Request("POST", row.path, sent, request.to_bytes()))
        assert b"panic" not in answer.content, (str(row), body)
        assert answer.status == 200 or b'"code"' in answer.content
        if answer.status == 200:
            row.response.from_bytes(answer.content)
    server.clock.advance(3600)
    for method in ("Egress/ListEgress", "Ingress/ListIngress", "SIP/ListSIPDispatchRule"):
        server.get(method)


def filled(value: Any, ids: dict[str, str]) -> Any:
    """The value with ids of the world in it."""
    if isinstance(value, dict):
        return {name: filled(item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value
