"""Every remote method can be called through both clients, and sends what its row says."""

from __future__ import annotations

import warnings
from urllib.parse import urlsplit

import pytest

from lkapi.methods import all_methods, find_method
from tests.recorded_schema import known_rpcs
from tests.services.call_case import CallCase
from tests.services.call_table import CASES
from tests.services.fake_server import Face, FakeServer, claims

RPCS = known_rpcs()


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_call(case: CallCase, face: Face, server: FakeServer) -> None:
    """The request goes to the row's path with the row's grants, and the answer comes back typed."""
    server.on(case.row, case.response)
    method = getattr(getattr(face.api, case.service), case.method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        result = await face.call(method, *case.args, **case.fields)
    (request,) = server.requests
    assert request.method == "POST"
    assert urlsplit(request.url).path == f"/twirp/livekit.{case.row}"
    assert request.headers["content-type"] == "application/protobuf"
    assert case.row.request.from_bytes(request.content) == case.request
    granted = {k: v for k, v in claims(request).items() if k in ("video", "sip", "agent")}
    assert granted == case.row.needs(case.request).as_claims()
    assert result == case.expected
    expected = type(case.expected)
    assert isinstance(result, list) if expected is list else type(result) is expected


@pytest.mark.parametrize("case", [c for c in CASES if c.sent is None], ids=str)
async def test_request_object(case: CallCase, face: Face, server: FakeServer) -> None:
    """A request object does the same as its fields, and is not changed by the call."""
    server.on(case.row, case.response)
    given = case.request
    before = given.to_bytes()
    method = getattr(getattr(face.api, case.service), case.method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        result = await face.call(method, given)
    assert server.sent(case.row) == [case.request]
    assert given.to_bytes() == before
    assert result == case.expected


@pytest.mark.parametrize("case", [c for c in CASES if c.sent is None], ids=str)
async def test_nothing_given(case: CallCase, face: Face, server: FakeServer) -> None:
    """Without a request, a method that needs one says so; lists are called as they are."""
    server.on(case.row, case.response)
    method = getattr(getattr(face.api, case.service), case.method)
    if case.row.empty_ok:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            assert await face.call(method) is not None
    else:
        with pytest.raises(TypeError, match=case.row.request.__name__):
            await face.call(method)
        assert not server.requests


@pytest.mark.parametrize("case", [c for c in CASES if c.sent is None and c.fields], ids=str)
async def test_misspelt_field(case: CallCase, face: Face, server: FakeServer) -> None:
    """A field that does not exist is refused before anything is sent."""
    method = getattr(getattr(face.api, case.service), case.method)
    with pytest.raises(TypeError, match="no_such_field"):
        await face.call(method, **case.fields, no_such_field=1)
    assert not server.requests


def test_every_row_has_a_case() -> None:
    """The table of calls is complete."""
    missing = sorted({str(row) for row in all_methods()} - {str(case.row) for case in CASES})
    assert not missing, f"tests/services/call_table.py has no case for {', '.join(missing)}"
    assert {case.row for case in CASES} == set(all_methods())


@pytest.mark.parametrize("name", RPCS)
def test_every_rpc_of_the_schema_has_a_row(name: str) -> None:
    """Path, request and response of a row are those of the schema."""
    row = find_method(name)
    assert row is not None, f"src/lkapi/methods/ has no row for the rpc {name}"
    assert row.path == f"/twirp/livekit.{name}"
    assert (row.request.__proto__, row.response.__proto__) == RPCS[name]


def test_no_row_beyond_the_schema() -> None:
    """Every row is an rpc."""
    beyond = sorted({str(row) for row in all_methods()} - set(RPCS))
    assert not beyond, f"protobufs/ has no rpc {', '.join(beyond)}, or scripts/codegen was not run"
    assert {str(row) for row in all_methods()} == set(RPCS)
