"""Every served method, in a world that has something for it: both encodings, both clients."""

from __future__ import annotations

import asyncio
import inspect
import pkgutil
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from lkapi.client import LiveKitAPI
from lkapi.devserver import InProcessTransport, handlers
from lkapi.devserver.handlers import find_handler
from lkapi.methods import all_methods, find_method
from lkapi.methods.info import MethodInfo
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.base import Request
from tests.devserver.furnished import REQUESTS, furnish, request_for
from tests.devserver.service_calls import ServiceServer
from tests.devserver.tokens import KEYS
from tests.services.call_case import CallCase
from tests.services.call_table import CASES

URL = "https://demo.livekit.cloud"
SERVED = [str(row) for row in all_methods() if find_handler(row.path) is not None]
POSITIONAL = {
    "AgentDispatchService/DeleteDispatch": ("dispatch_id", "room"),
    "AgentDispatchService/ListDispatch": ("room",),
    "SIP/GetSIPInboundTrunk": ("sip_trunk_id",),
    "SIP/GetSIPOutboundTrunk": ("sip_trunk_id",),
}
"""Methods of the clients that take the fields of a request one after another."""
BY_FIELDS = {
    "SIP/UpdateSIPDispatchRule": "update_dispatch_rule_fields",
    "SIP/UpdateSIPInboundTrunk": "update_inbound_trunk_fields",
    "SIP/UpdateSIPOutboundTrunk": "update_outbound_trunk_fields",
}
"""Methods of the clients that take an id and what to change."""


def module_source(name: str) -> str:
    """The text of a module of the handlers."""
    return Path(handlers.__path__[0], f"{name}.py").read_text()


@pytest.fixture
def server() -> ServiceServer:
    return ServiceServer.at_present()


def row_of(method: str) -> MethodInfo[Any, Any]:
    row = find_method(method)
    assert row is not None
    return row


def test_no_served_method_is_left_out() -> None:
    """The table of requests holds each method that has a handler."""
    missing = ", ".join(sorted(set(SERVED) - set(REQUESTS)))
    assert not missing, f"tests/devserver/furnished.py: REQUESTS has none for {missing}"
    assert sorted(REQUESTS) == sorted(SERVED)


HANDLER_MODULES = [
    module.name
    for module in pkgutil.iter_modules(handlers.__path__)
    if re.search(r"^@handles\(", module_source(module.name), re.MULTILINE)
]


@pytest.mark.parametrize("name", HANDLER_MODULES)
def test_every_module_with_handlers_is_imported(name: str) -> None:
    """A handler is registered when its module is imported, with the first call of its service."""
    named = {module for modules in handlers._MODULES.values() for module in modules}
    assert name in named, f"src/lkapi/devserver/handlers/__init__.py: add {name} to _MODULES"


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
@pytest.mark.parametrize("method", SERVED)
def test_both_encodings(server: ServiceServer, method: str, encoding: str) -> None:
    """The answer is 200 in the encoding of the request, and of the row's type."""
    row = row_of(method)
    request = row.request.from_dict(request_for(method, furnish(server)), strict=True)
    token = server.token(**row.needs(request).as_claims())
    content_type = f"application/{encoding}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    body = request.to_json().encode() if encoding == "json" else request.to_bytes()
    response = server.dev.handle(Request("POST", row.path, headers, body))
    assert (response.status, response.headers["content-type"]) == (200, content_type)
    if encoding == "json":
        row.response.from_json(response.content, strict=True)
    else:
        row.response.from_bytes(response.content)


def case_of(method: str) -> CallCase:
    """How a client's method is called, and what it gives."""
    found = [case for case in CASES if str(case.row) == method]
    assert found, f"tests/services/call_table.py has no case for {method}"
    return found[0]


def call_of(api: Any, method: str, ids: dict[str, str]) -> Any:
    """What the client's method gives for the table's request."""
    case = case_of(method)
    service = getattr(api, case.service)
    fields = request_for(method, ids)
    if method in BY_FIELDS:
        return getattr(service, BY_FIELDS[method])(next(iter(fields.values())), name="new")
    if method in POSITIONAL:
        return getattr(service, case.method)(*(fields[name] for name in POSITIONAL[method]))
    return getattr(service, case.method)(case.row.request.from_dict(fields))


@pytest.mark.parametrize("face", ["async", "sync"])
@pytest.mark.parametrize("method", SERVED)
def test_both_clients(server: ServiceServer, method: str, face: str) -> None:
    """Both clients get a typed answer with the grants that they sign themselves."""
    ids = furnish(server)
    transport = InProcessTransport(server.dev)
    kind = LiveKitAPI if face == "async" else SyncLiveKitAPI
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made: Any = kind(URL, "devkey", KEYS["devkey"], transport=transport)
        result = call_of(made, method, ids)
        if inspect.isawaitable(result):
            result = asyncio.run(_wait(result))
    expected = type(case_of(method).expected)
    assert isinstance(result, expected) if expected is list else type(result) is expected


async def _wait(result: Any) -> Any:
    return await result
