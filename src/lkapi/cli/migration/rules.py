"""What differs in how a program deals with messages: one function for each idiom."""

from __future__ import annotations

import ast
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lkapi.cli.migration import rewriting
from lkapi.cli.migration.findings import Certainty
from lkapi.cli.migration.inference import kind_of, path_of
from lkapi.cli.migration.kinds import UNKNOWN, Items, Made, Map, Thing, Time
from lkapi.cli.migration.library import (
    MISSING,
    attribute_of,
    is_message,
    member,
    message_fields,
)
from lkapi.message.enums import ProtoEnum
from lkapi.services._base import Service

if TYPE_CHECKING:
    from lkapi.cli.migration.inference import Program
    from lkapi.cli.migration.kinds import Kind
    from lkapi.cli.migration.reporting import Reporter
    from lkapi.cli.migration.state import Scope

__all__ = ["CLEARING", "FILLING", "check_attribute", "check_subscript"]

FILLING: Final = frozenset({"CopyFrom", "MergeFrom", "MergeFromString", "ParseFromString"})
CLEARING: Final = frozenset({"Clear", "ClearField"})
_MUTATORS: Final = FILLING | CLEARING | {"SetInParent", "add", "append", "extend", "update",
                                         "insert", "setdefault", "pop", "remove"}  # fmt: skip
TIME_FIELDS: Final = frozenset({"ringing_timeout", "max_call_duration"})
"""Fields that no other package has, so they are Durations in any object."""
TIME_METHODS: Final = frozenset(
    {"FromSeconds", "FromMilliseconds", "FromMicroseconds", "FromNanoseconds", "FromTimedelta",
     "FromJsonString", "ToSeconds", "ToMilliseconds", "ToMicroseconds", "ToNanoseconds",
     "ToTimedelta", "ToJsonString"}
)  # fmt: skip
_PARTIAL: Final = frozenset(
    {"SetInParent", "IsInitialized", "SerializePartialToString", "UnknownFields",
     "DiscardUnknownFields", "FindInitializationErrors", "HasExtension", "ClearExtension"}
)  # fmt: skip
_CLIENTS: Final = ("LiveKitAPI", "SyncLiveKitAPI")


def check_attribute(
    node: ast.Attribute, scope: Scope, program: Program, reporter: Reporter
) -> None:
    """Check one attribute, read or written."""
    if _check_unset(node, scope, program, reporter):
        return
    owner = kind_of(node.value, scope, program)
    if isinstance(owner, Time):
        _check_time(node, owner, reporter)
    elif isinstance(owner, Items | Map):
        _check_container(node, owner, reporter)
    elif isinstance(owner, Thing):
        _check_member(node, owner.value, reporter)
    elif isinstance(owner, Made):
        _check_instance(node, owner.cls, reporter)
    elif owner is UNKNOWN:
        _check_unknown(node, reporter)


def _unset_field(
    base: ast.expr, scope: Scope, program: Program
) -> tuple[str | None, Any, bool] | None:
    """Path, class and whether it is known to be unset, of a field of message type; else None."""
    state = scope.state
    if isinstance(base, ast.Attribute):
        owner = kind_of(base.value, scope, program)
        if not isinstance(owner, Made) or not is_message(owner.cls):
            return None
        field = message_fields(owner.cls).get(base.attr)
        path = path_of(base)
        if field is None or path in state.present:
            return None
        return path, field.child, path in state.absent
    if not isinstance(base, ast.Name) or base.id not in state.origins:
        return None
    origin, kind = state.origins[base.id], kind_of(base, scope, program)
    if not isinstance(kind, Made) or {base.id, origin} & state.present:
        return None
    return base.id, kind.cls, origin in state.absent


def _check_unset(node: ast.Attribute, scope: Scope, program: Program, reporter: Reporter) -> bool:
    """``trunk.media.encryption`` and ``event.room.name = 'a'``; whether it is one of them."""
    if reporter.is_part_of_reported(node.value):
        reporter.extend(node)
        return True
    found = _unset_field(node.value, scope, program)
    if found is None:
        return False
    path, cls, is_absent = found
    certainty = Certainty.CHANGE if is_absent else Certainty.LOOK
    if _is_written(node, reporter):
        parent = reporter.parents.get(node)
        made = f"{cls.__name__}({_written(node, cls, reporter)})"
        text = rewriting.for_writing(node.value, node, parent, made)
        places = [path]
        if isinstance(node.value, ast.Name):  # a variable that was read from the field
            places.append(scope.state.origins[node.value.id])
            text = f"{places[-1]} = {text}"
        reporter.report("writing into an unset message", node, certainty, text)
        for place in filter(None, places):
            scope.state.set_field(place)
    else:
        text = _reading(node, cls, reporter)
        reporter.report("reading an unset message", node, certainty, text)
    reporter.extend(node)
    return True


def _reading(node: ast.Attribute, cls: Any, reporter: Reporter) -> str:
    """``((msg.job or Job()).room or Room()).name``: each message of the chain may be unset."""
    text = f"({rewriting.shown(node.value)} or {cls.__name__}()).{node.attr}"
    parent = reporter.parents.get(node)
    while isinstance(parent, ast.Attribute) and parent.value is node:
        field = message_fields(cls).get(node.attr)
        if field is not None:
            cls = field.child
            text = f"({text} or {cls.__name__}())"
        text, node = f"{text}.{parent.attr}", parent
        parent = reporter.parents.get(node)
        if field is None:
            break
    if isinstance(parent, ast.Call) and parent.func is node:
        return f"{text}({', '.join(map(rewriting.shown, [*parent.args, *parent.keywords]))})"
    return text


def _written(node: ast.Attribute, cls: Any, reporter: Reporter) -> str:
    """``rule=SIPDispatchRule(…)``: what is written at the end of a chain, as keywords."""
    parent = reporter.parents.get(node)
    if isinstance(parent, ast.Assign) and node in parent.targets:
        return f"{node.attr}={rewriting.shown(parent.value)}"
    if node.attr == "SetInParent":
        return ""
    field = message_fields(cls).get(node.attr)
    if field is None or not isinstance(parent, ast.Attribute):
        return f"{node.attr}=…"
    call = reporter.parents.get(parent)
    if isinstance(call, ast.Call) and call.args and parent.attr in rewriting.COPYING:
        return f"{node.attr}={rewriting.shown(call.args[0])}"
    return f"{node.attr}={field.child.__name__}({_written(parent, field.child, reporter)})"


def _is_written(node: ast.Attribute, reporter: Reporter) -> bool:
    """Whether this access changes the message: by assignment, or by a method that does."""
    top: ast.Attribute | ast.Subscript = node
    while isinstance(parent := reporter.parents.get(top), ast.Attribute | ast.Subscript):
        if parent.value is not top:
            break
        top = parent
    if not isinstance(top.ctx, ast.Load):
        return True
    is_called = isinstance(parent, ast.Call) and parent.func is top
    return is_called and isinstance(top, ast.Attribute) and top.attr in _MUTATORS


def _check_time(node: ast.Attribute, kind: Time, reporter: Reporter) -> None:
    """``.seconds = 3``, ``.FromSeconds(3)`` and ``.ToDatetime()``."""
    python: type = datetime if kind.is_timestamp else timedelta
    is_read = isinstance(node.ctx, ast.Load)
    if is_read and hasattr(python, node.attr) and node.attr != "seconds":
        return
    works = is_read and hasattr(python, node.attr)  # unless it is unset, or longer than a day
    _report_time(node, reporter, Certainty.LOOK if works else Certainty.CHANGE, kind)


def _report_time(node: ast.Attribute, reporter: Reporter, certainty: Certainty, kind: Time) -> None:
    parent = reporter.parents.get(node, node)
    text = rewriting.for_time(node.value, node, parent, is_timestamp=kind.is_timestamp)
    shown = parent if isinstance(parent, ast.Call | ast.Assign) else node
    reporter.report("seconds of a Duration", node, certainty, text, shown=shown)


def _check_unknown(node: ast.Attribute, reporter: Reporter) -> None:
    """Names that can only be LiveKit's, or probably are."""
    base = node.value
    is_duration = isinstance(base, ast.Attribute) and base.attr in TIME_FIELDS
    is_set = node.attr in ("seconds", "nanos") and isinstance(node.ctx, ast.Store)
    if is_duration and (is_set or node.attr in TIME_METHODS or node.attr == "CopyFrom"):
        _report_time(node, reporter, Certainty.LOOK, Time(is_timestamp=False))
    elif node.attr == "DESCRIPTOR" and not reporter.has_other_messages:
        _report_descriptor(node, reporter, Certainty.LOOK)


def _report_descriptor(node: ast.Attribute, reporter: Reporter, certainty: Certainty) -> None:
    owner = rewriting.shown(node.value)
    text = f"list(inspect.signature({owner}).parameters) for the names of a class's fields"
    reporter.report("DESCRIPTOR", node, certainty, text)


def _check_container(node: ast.Attribute, owner: Items | Map, reporter: Reporter) -> None:
    """``request.agents.MergeFrom(more)``."""
    if node.attr == "MergeFrom" and owner.is_field:
        method = "update" if isinstance(owner, Map) else "extend"
        text = f"{rewriting.shown(node.value)}.{method}(…)"
        reporter.report("MergeFrom of a list or map", node, Certainty.CHANGE, text)


def _check_member(node: ast.Attribute, owner: Any, reporter: Reporter) -> None:
    """A name that a module, message class or enum of livekit-api has and lkapi's has not."""
    if not isinstance(owner, type) and not hasattr(owner, "__path__"):
        is_module = getattr(owner, "__spec__", None) is not None
        if not is_module:
            return
    elif isinstance(owner, type) and not (is_message(owner) or issubclass(owner, ProtoEnum)):
        return
    if member(owner, node.attr) is MISSING:
        _report_missing(node, owner, reporter)


def _check_instance(node: ast.Attribute, cls: Any, reporter: Reporter) -> None:
    """The same for messages, clients and services."""
    known = is_message(cls) or issubclass(cls, Service) or cls.__name__ in _CLIENTS
    if not known or node.attr in cls.__init__.__code__.co_names:
        return
    if attribute_of(cls, node.attr) is None and not hasattr(cls, node.attr):
        _report_missing(node, cls, reporter)


def _report_missing(node: ast.Attribute, owner: Any, reporter: Reporter) -> None:
    base, sure = rewriting.shown(node.value), Certainty.CHANGE
    if node.attr == "DESCRIPTOR":
        _report_descriptor(node, reporter, sure)
    elif node.attr == "ValueType":
        reporter.report("types of enum values", node, sure, base)
    elif node.attr.endswith("_FIELD_NUMBER"):
        name = node.attr.removesuffix("_FIELD_NUMBER").lower()
        reporter.report("field numbers", node, sure, f"the name: {name!r}")
    elif node.attr in _PARTIAL and is_message(owner):
        text = f"{base}.SerializeToString()" if "Serialize" in node.attr else "leave it out"
        reporter.report("methods of proto2", node, sure, text)
    else:
        name = getattr(owner, "__name__", type(owner).__name__)
        text = f"{name} of lkapi has no {node.attr!r}: see docs/migrating.md"
        reporter.report("names that do not exist", node, sure, text)


def check_subscript(
    node: ast.Subscript, scope: Scope, program: Program, reporter: Reporter
) -> None:
    """``participant.attributes['k']``, which in protobuf is an empty string if there is none."""
    if reporter.is_part_of_reported(node.value):
        reporter.extend(node)
        return
    owner: Kind = kind_of(node.value, scope, program)
    if not isinstance(owner, Map) or not owner.is_field or not isinstance(node.ctx, ast.Load):
        return
    if path_of(node) in scope.state.present:
        return
    base, key = rewriting.shown(node.value), rewriting.shown(node.slice)
    text = f"{base}.get({key}, '')"
    reporter.report("reading a missing key of a map", node, Certainty.LOOK, text)
