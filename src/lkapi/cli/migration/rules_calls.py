"""What differs in calls, imports and exception handlers: one function for each difference."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from lkapi.cli.migration import rewriting
from lkapi.cli.migration.findings import Certainty
from lkapi.cli.migration.inference import kind_of
from lkapi.cli.migration.kinds import UNKNOWN, Foreign, Made, Method, Thing
from lkapi.cli.migration.library import MISSING, is_message, member, module_named, our_name
from lkapi.services._base import Service

if TYPE_CHECKING:
    from lkapi.cli.migration.inference import Program
    from lkapi.cli.migration.kinds import Kind
    from lkapi.cli.migration.reporting import Reporter
    from lkapi.cli.migration.state import Scope

__all__ = ["check_call", "check_handler", "check_import", "check_reference", "module_of"]

_JSON: Final = "google.protobuf.json_format."
_TEXT: Final = "google.protobuf.text_format."
_MESSAGE: Final = "google.protobuf.message.Message"
_MESSAGE_PLACES: Final = {"ParseDict": 1, "Parse": 1, "Merge": 1, "ParseLines": 1, "MergeLines": 1}
"""Which argument of a function of protobuf is the message; the first one otherwise."""
_EXCEPTIONS: Final = (
    ("aiohttp.", "lkapi.TransportError"),
    ("asyncio.TimeoutError", "TimeoutError, which is the same from Python 3.11 on"),
    ("jwt.", "lkapi.InvalidTokenError"),
    ("google.protobuf.message.DecodeError", "lkapi.DecodeError"),
)
_SERVICES: Final = {"RoomService": "room", "EgressService": "egress", "IngressService": "ingress",
                    "SipService": "sip", "AgentDispatchService": "agent_dispatch",
                    "ConnectorService": "connector"}  # fmt: skip


def check_call(node: ast.Call, scope: Scope, program: Program, reporter: Reporter) -> None:
    """Check one call."""
    callee = kind_of(node.func, scope, program)
    if isinstance(callee, Foreign):
        _check_protobuf(node, callee.dotted, scope, program, reporter)
    elif isinstance(callee, Thing):
        _check_service(node, callee, reporter)
    elif isinstance(callee, Method) and callee.function.__name__.endswith("_fields"):
        for word in node.keywords:
            if isinstance(word.value, ast.List) and not word.value.elts:
                text = f"{word.arg}=None, or leave it out, unless it is to be emptied"
                reporter.report("empty lists in updates", node, Certainty.LOOK, text)


def _check_service(node: ast.Call, callee: Thing, reporter: Reporter) -> None:
    """``RoomService(session, url, key, secret)``."""
    cls = callee.value
    if isinstance(cls, type) and issubclass(cls, Service):
        text = f"LiveKitAPI(url, key, secret).{_SERVICES.get(cls.__name__, '…')}"
        reporter.report("services made by hand", node, Certainty.CHANGE, text)


def _check_protobuf(
    node: ast.Call, dotted: str, scope: Scope, program: Program, reporter: Reporter
) -> None:
    """``MessageToDict(room)``, ``MessageToString(room)``, ``isinstance(room, Message)``."""
    function = dotted.rpartition(".")[2]
    if dotted == "builtins.isinstance" and len(node.args) == 2:
        kind = kind_of(node.args[1], scope, program)
        if kind == Foreign(_MESSAGE):
            _report(node, node.args[0], "isinstance of protobuf's Message",
                    "isinstance(…, lkapi.message.Message)", scope, program, reporter)  # fmt: skip
    if not function[:1].isupper() or not dotted.startswith((_JSON, _TEXT)):
        return
    place = _MESSAGE_PLACES.get(function, 0)
    subject = node.args[place] if place < len(node.args) else None
    if dotted.startswith(_JSON):
        text, idiom = rewriting.for_json_format(function, node), "json_format"
    else:
        text, idiom = "str of the message, for people; to_json for programs", "text_format"
    _report(node, subject, idiom, text, scope, program, reporter)


def _report(
    node: ast.Call, subject: ast.expr | None, idiom: str, text: str,
    scope: Scope, program: Program, reporter: Reporter,
) -> None:  # fmt: skip
    """Report a call of a protobuf function: certain for messages of LiveKit, else possible."""
    kind: Kind = UNKNOWN if subject is None else kind_of(subject, scope, program)
    if isinstance(kind, Made) and is_message(kind.cls):
        reporter.report(idiom, node, Certainty.CHANGE, text)
    elif kind is UNKNOWN and not reporter.has_other_messages:
        reporter.report(idiom, node, Certainty.LOOK, text)


def check_reference(node: ast.expr, kind: Kind, reporter: Reporter) -> None:
    """``map(MessageToDict, rooms)``: a function of json_format that is passed on."""
    if not isinstance(kind, Foreign) or not kind.dotted.startswith(_JSON):
        return
    parent = reporter.parents.get(node)
    is_called = isinstance(parent, ast.Call) and parent.func is node
    is_function = kind.dotted.rpartition(".")[2] in ("MessageToDict", "MessageToJson")
    if is_function and not is_called and not reporter.has_other_messages:
        text = "a function that calls to_dict or to_json of the message"
        reporter.report("json_format", node, Certainty.LOOK, text)


def check_handler(
    node: ast.ExceptHandler, scope: Scope, program: Program, reporter: Reporter
) -> None:
    """``except aiohttp.ClientError`` around a call of LiveKit."""
    types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    for caught in types:
        kind = UNKNOWN if caught is None else kind_of(caught, scope, program)
        if not isinstance(kind, Foreign) or caught is None:
            continue
        for name, ours in _EXCEPTIONS:
            if kind.dotted.startswith(name):
                idiom = "exceptions of other packages"
                reporter.report(idiom, caught, Certainty.LOOK, ours)


def module_of(node: ast.ImportFrom) -> str:
    """The module that is imported from; relative ones are the program's own."""
    return "." * node.level + (node.module or "")


def check_import(node: ast.Import | ast.ImportFrom, reporter: Reporter) -> None:
    """``from livekit import api``, and names that lkapi does not have."""
    if isinstance(node, ast.Import):
        _check_plain_import(node, reporter)
        return
    source = module_of(node)
    if source == "livekit":
        _check_namespace_import(node, reporter)
        return
    ours = our_name(source)
    if ours is None:
        return
    if source.startswith("livekit"):
        names = ", ".join(_as(alias) for alias in node.names)
        _report_import(node, f"from {ours} import {names}", reporter)
    owner = module_named(ours)
    for alias in node.names:
        if owner is MISSING or (alias.name != "*" and member(owner, alias.name) is MISSING):
            text = f"{ours} has no {alias.name!r}: see docs/migrating.md"
            reporter.report("names that do not exist", node, Certainty.CHANGE, text)


def _check_plain_import(node: ast.Import, reporter: Reporter) -> None:
    for alias in node.names:
        ours = our_name(alias.name)
        if ours is None or not alias.name.startswith("livekit"):
            continue
        told = f" as {alias.asname}" if alias.asname else f", and {ours} for {alias.name}"
        _report_import(node, f"import {ours}{told}", reporter)
        if module_named(ours) is MISSING:
            text = f"lkapi has no module {ours!r}: see docs/migrating.md"
            reporter.report("names that do not exist", node, Certainty.CHANGE, text)


def _check_namespace_import(node: ast.ImportFrom, reporter: Reporter) -> None:
    """``from livekit import api, rtc``: the rest of the namespace is unchanged."""
    ours: list[str] = []
    for alias in node.names:
        if alias.name == "api":
            ours.append(f"import lkapi as {alias.asname or 'api'}")
        elif alias.name == "protocol":
            ours.append(f"from lkapi import {_as(alias)}")
    others = [_as(alias) for alias in node.names if alias.name not in ("api", "protocol")]
    if ours:
        rest = [f"from livekit import {', '.join(others)}"] if others else []
        _report_import(node, "; ".join(ours + rest), reporter)


def _report_import(node: ast.Import | ast.ImportFrom, text: str, reporter: Reporter) -> None:
    reporter.report("imports", node, Certainty.IMPORT, text)


def _as(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name
