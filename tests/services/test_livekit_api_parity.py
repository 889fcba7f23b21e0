"""Whatever livekit.api offers is here under the same name, and takes the same arguments."""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Callable
from typing import Any

import pytest

import lkapi
from lkapi.message import Message, ProtoEnum
from lkapi.methods import all_methods
from lkapi.methods.info import MethodInfo

pytest.importorskip("livekit.api")

import livekit.api
import livekit.protocol

SUBMODULES = (
    "access_token",
    "agent_dispatch_service",
    "connector_service",
    "egress_service",
    "ingress_service",
    "livekit_api",
    "room_service",
    "sip_service",
    "twirp_client",
    "version",
    "webhook",
)
SERVICES = ("agent_dispatch", "connector", "egress", "ingress", "room", "sip")
NOT_CARRIED = {
    "RegionCache": "the region cache is an internal of the client",
    "FAILOVER_BACKOFF_BASE": "waits are set by RetryPolicy",
    "failover_attempts": "an internal of the official client",
    "host_key": "an internal of the official client",
    "is_cloud_api": "an internal of the official client",
    "origin_of": "an internal of the official client",
    "pick_next": "an internal of the official client",
}
"""Names that livekit.api shows and lkapi does not have, each with the reason."""


def public_names(module: types.ModuleType) -> list[str]:
    """What a module offers, without what it merely imported from elsewhere."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not name.endswith("__pb2")
        and not isinstance(value, types.ModuleType)
        and not _foreign(value)
    ]


def _foreign(value: object) -> bool:
    home: str = getattr(value, "__module__", None) or type(value).__module__
    return home.split(".", maxsplit=1)[0] not in ("livekit", "builtins")


TOP = [*public_names(livekit.api), *SUBMODULES]
BELOW = [
    (submodule, name)
    for submodule in SUBMODULES
    for name in public_names(importlib.import_module(f"livekit.api.{submodule}"))
    if (submodule, name) != ("webhook", "TokenVerifier")  # only imported there
]


@pytest.mark.parametrize("name", [name for name in TOP if name not in NOT_CARRIED])
def test_name_of_livekit_api(name: str) -> None:
    """Each public name of ``livekit.api`` can be had from ``lkapi``."""
    assert getattr(lkapi, name) is not None


@pytest.mark.parametrize(("submodule", "name"), [b for b in BELOW if b[1] not in NOT_CARRIED])
def test_name_of_a_submodule(submodule: str, name: str) -> None:
    """Each public name of a submodule is on the submodule of the same name."""
    module = importlib.import_module(f"lkapi.{submodule}")
    assert getattr(lkapi, submodule) is module
    assert hasattr(module, name)


def test_what_is_not_carried_exists_there() -> None:
    """The list of exceptions holds nothing that has become pointless."""
    there = {*TOP, *(name for _, name in BELOW)}
    assert set(NOT_CARRIED) <= there
    assert not [name for name in NOT_CARRIED if name in TOP and hasattr(lkapi, name)]


PROTOCOL = (
    "agent",
    "agent_dispatch",
    "agent_simulation",
    "agentdb",
    "cloud_agent",
    "connector",
    "connector_twilio",
    "connector_whatsapp",
    "egress",
    "ingress",
    "metrics",
    "models",
    "room",
    "rtc",
    "sip",
    "webhook",
)


@pytest.mark.parametrize("name", PROTOCOL)
def test_protocol_module(name: str) -> None:
    """``lkapi.protocol.<module>`` mirrors ``livekit.protocol.<module>`` name for name."""
    theirs = importlib.import_module(f"livekit.protocol.{name}")
    ours = importlib.import_module(f"lkapi.protocol.{name}")
    names = [
        found
        for found, value in vars(theirs).items()
        if not found.startswith("_")
        and found != "DESCRIPTOR"
        and not isinstance(value, types.ModuleType)
        and not type(value).__name__.endswith("Descriptor")
        and not found.isupper() | found.startswith("google_")
    ]
    missing = [found for found in names if not hasattr(ours, found) and not hasattr(lkapi, found)]
    assert not missing


MESSAGES = [
    name
    for name, value in vars(livekit.api).items()
    if isinstance(value, type) and hasattr(value, "DESCRIPTOR")
]


@pytest.mark.parametrize("name", MESSAGES)
def test_message_has_every_field(name: str) -> None:
    """Each message takes every field of the official one as a keyword, and has it as attribute."""
    theirs = getattr(livekit.api, name).DESCRIPTOR
    ours = getattr(lkapi, name)
    assert issubclass(ours, Message)
    assert ours.__proto__ == theirs.full_name
    taken = inspect.signature(ours).parameters
    assert [field.name for field in theirs.fields if field.name not in taken] == []
    made = ours()
    assert all(hasattr(made, field.name) for field in theirs.fields)


ENUMS = [
    name for name, value in vars(livekit.api).items() if type(value).__name__ == "EnumTypeWrapper"
]


@pytest.mark.parametrize("name", ENUMS)
def test_enum_has_every_value(name: str) -> None:
    """Each enum has the values of the official one, with their numbers, and its small methods."""
    theirs = getattr(livekit.api, name)
    ours = getattr(lkapi, name)
    assert issubclass(ours, ProtoEnum)
    for value_name, number in theirs.items():
        assert ours.Value(value_name) == number
        assert ours.Name(number) == value_name
        assert getattr(ours, value_name) == number


def _short(value: object) -> str:
    return str(value) if isinstance(value, str) else ""


def signatures() -> list[tuple[str, str, str, inspect.Signature]]:
    """Each public method of each official service class and of the client."""
    found = []
    for service in SERVICES:
        module = importlib.import_module(f"livekit.api.{service}_service")
        class_name = {"agent_dispatch": "AgentDispatchService", "sip": "SipService"}.get(
            service, f"{service.capitalize()}Service"
        )
        for name, function in vars(getattr(module, class_name)).items():
            if inspect.isfunction(function) and not name.startswith("_"):
                found.append((service, class_name, name, inspect.signature(function)))
    return found


METHODS = signatures()


@pytest.mark.parametrize(
    ("service", "class_name", "name", "theirs"), METHODS, ids=lambda v: str(v)[:40]
)
@pytest.mark.parametrize("client", [lkapi.LiveKitAPI, lkapi.SyncLiveKitAPI])
def test_call_shapes(
    client: type[Any], service: str, class_name: str, name: str, theirs: inspect.Signature
) -> None:
    """Positional and keyword arguments of the official method are taken by ours."""
    api = client("http://localhost:1", "devkey", "secret")
    assert type(getattr(api, service)).__name__ == class_name
    ours = inspect.signature(getattr(getattr(api, service), name))
    own = {row.old_keyword for row in all_methods() if row.old_keyword}
    required = [p for p in theirs.parameters.values() if p.name != "self" and p.default is p.empty]
    options = {p.name: None for p in theirs.parameters.values() if p.kind is p.KEYWORD_ONLY}
    ours.bind(*[None] * len(required), **options)
    for parameter in required:
        assert parameter.name in ours.parameters or parameter.name in own


def test_rows_know_the_old_parameter_names() -> None:
    """The keyword under which the official method takes its request stands in the row."""
    missing = []
    for service, _, name, theirs in METHODS:
        first = list(theirs.parameters.values())[1]
        annotation = str(first.annotation)
        if "Request" not in annotation and "RoomParticipantIdentity" not in annotation:
            continue
        row = _row_of(service, name)
        if row.old_keyword != first.name:
            missing.append((service, name, first.name, row.old_keyword))
    assert missing == []


def _row_of(service: str, name: str) -> MethodInfo[Any, Any]:
    """The row that a method of ours uses: the constant that its code names."""
    method: Callable[..., Any] = getattr(getattr(lkapi.LiveKitAPI("x", "k", "s"), service), name)
    code = inspect.unwrap(method).__code__
    rows = importlib.import_module(f"lkapi.methods.{service}")
    found = [
        getattr(rows, n) for n in code.co_names if isinstance(getattr(rows, n, None), MethodInfo)
    ]
    if found:
        return found[0]
    return _row_of(service, name.replace("_sip_", "_"))


def test_client_takes_the_official_arguments() -> None:
    """The client's constructor and ``with_token`` are called as the official ones are."""
    for ours, theirs in (
        (lkapi.LiveKitAPI, livekit.api.LiveKitAPI),
        (lkapi.LiveKitAPI.with_token, livekit.api.LiveKitAPI.with_token),
    ):
        shape = inspect.signature(ours)
        for name, parameter in inspect.signature(theirs).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                shape.bind_partial(**{name: None})
            else:
                assert name in shape.parameters
