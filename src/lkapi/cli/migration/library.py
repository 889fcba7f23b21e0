"""What lkapi itself has: names, fields of messages, and what its functions return."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from lkapi.cli.migration.kinds import (
    ABSENT,
    UNKNOWN,
    Foreign,
    Items,
    Made,
    Map,
    Method,
    Own,
    OwnClass,
    Thing,
    Time,
    join,
)
from lkapi.message import Message
from lkapi.message.enums import ProtoEnum
from lkapi.message.fields import MessageField, MessageList, MessageMap, ScalarMap, TimeField

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.cli.migration.kinds import Kind

__all__ = [
    "LISTS",
    "MISSING",
    "attribute_of",
    "dotted_kind",
    "fields_of",
    "is_message",
    "kind_of_annotation",
    "kind_of_field",
    "kind_of_object",
    "member",
    "message_fields",
    "module_named",
    "our_name",
    "returned_by",
]

MISSING: Final = object()
"""What ``member`` gives for a name that lkapi does not have."""
LISTS: Final = frozenset(
    {"list", "List", "tuple", "Tuple", "set", "Set", "Sequence", "Collection", "Iterable",
     "Iterator", "Generator", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "Pager",
     "AsyncPager", "AsyncItems", "ContextManager", "AsyncContextManager",
     "AbstractContextManager", "AbstractAsyncContextManager"}
)  # fmt: skip
"""Generic types whose first argument is the type of their elements, in ``for`` or ``with``."""
_WRAPPERS: Final = frozenset(
    {"Optional", "Annotated", "Awaitable", "Coroutine", "Final", "ClassVar", "Required"}
)
_KNOWN: Final = frozenset(
    {"auth", "client", "errors", "message", "protocol", "sync", "webhook", "access_token",
     "agent_dispatch_service", "connector_service", "egress_service", "ingress_service",
     "livekit_api", "room_service", "sip_service", "twirp_client", "version"}
)  # fmt: skip
"""Modules of lkapi with names that programs for livekit-api use."""
_PARTS: Final = {"livekit.api": "lkapi", "livekit.protocol": "lkapi.protocol"}


def our_name(dotted: str) -> str | None:
    """The module of lkapi for a module of livekit-api or of lkapi, None for any other."""
    if dotted == "lkapi" or dotted.startswith("lkapi."):
        return dotted
    for theirs, ours in _PARTS.items():
        if dotted == theirs or dotted.startswith(f"{theirs}."):
            return ours + dotted[len(theirs) :]
    return None


def is_message(value: object) -> TypeGuard[type[Message]]:
    """Whether it is a message class of the schema."""
    return isinstance(value, type) and issubclass(value, Message) and hasattr(value, "__proto__")


def fields_of(cls: type[Message]) -> dict[str, Any]:
    """The fields of a message class by name."""
    return cls.__layout__.fields


def message_fields(cls: type[Message]) -> dict[str, MessageField]:
    """The fields that hold one message."""
    found = fields_of(cls).items()
    return {name: field for name, field in found if isinstance(field, MessageField)}


def kind_of_field(field: Any) -> Kind:
    """The kind of a field of a message when it is read."""
    if isinstance(field, MessageField):
        return Made(field.child)
    if isinstance(field, MessageList):
        return Items(Made(field.element.child), is_field=True)
    if isinstance(field, MessageMap):
        return Map(Made(field.value.child), is_field=True)
    if isinstance(field, ScalarMap):
        return Map(UNKNOWN, is_field=True)
    if isinstance(field, TimeField):
        return Time(field.is_timestamp)
    return Items(UNKNOWN, is_field=True) if field.repeated else UNKNOWN


def member(owner: Any, name: str) -> Any:
    """What a module or class of lkapi has under a name, including submodules; otherwise MISSING.

    None stands for a module that exists but is not imported: importing an adapter would import its
    web framework.
    """
    if owner is None or owner is MISSING:
        return owner
    if not isinstance(owner, ModuleType) or not hasattr(owner, "__path__"):
        return getattr(owner, name, MISSING)
    full = f"{owner.__name__}.{name}"
    top = full.split(".")[1]
    if top in _KNOWN:
        return _imported(owner, name, full)
    return None if top != name or _is_module(full) else getattr(owner, name, MISSING)


@functools.cache
def _is_module(full: str) -> bool:
    return importlib.util.find_spec(full) is not None


def _imported(owner: ModuleType, name: str, full: str) -> Any:
    try:
        found = getattr(owner, name, MISSING)
        return importlib.import_module(full) if found is MISSING else found
    except ModuleNotFoundError as error:
        return MISSING if error.name == full else None  # an extra of lkapi is not installed


def dotted_kind(dotted: str) -> Kind:
    """What a dotted name stands for: a thing of lkapi, or something of another package."""
    ours = our_name(dotted)
    if ours is None:
        return Foreign(dotted)
    return kind_of_object(module_named(ours))


def module_named(dotted: str) -> Any:
    """A module of lkapi, or what is in one, by its dotted name; MISSING if there is none."""
    found: Any = importlib.import_module("lkapi")
    for part in dotted.split(".")[1:]:
        found = member(found, part)
    return found


def kind_of_object(value: Any) -> Kind:
    """A thing of lkapi, or nothing for values that do not matter here, such as numbers."""
    if isinstance(value, ProtoEnum) or not callable(value):
        return Thing(value) if isinstance(value, ModuleType) else UNKNOWN
    return Thing(value)


def attribute_of(cls: Any, name: str) -> Kind | None:
    """What an instance of a class of lkapi has under a name; None if it has no such name."""
    if is_message(cls) and name in fields_of(cls):
        return kind_of_field(fields_of(cls)[name])
    found = inspect.getattr_static(cls, name, None)
    getter = getattr(found, "fget", None) or getattr(found, "func", None)
    if getter is not None:
        return returned_by(Method(cls, getter))
    value = getattr(cls, name, None)
    if inspect.isfunction(value):
        return Method(cls, value)
    return None if found is None else kind_of_object(value)


def returned_by(callee: Thing | Method) -> Kind:
    """The kind of the result of a call of something of lkapi."""
    owner = callee.cls if isinstance(callee, Method) else None
    value = callee.function if isinstance(callee, Method) else callee.value
    if isinstance(value, type):
        return Made(value)
    if inspect.ismethod(value) and isinstance(value.__self__, type):
        owner = value.__self__
    function: Any = getattr(value, "__wrapped__", getattr(value, "__func__", value))
    text = getattr(function, "__annotations__", {}).get("return")
    if not isinstance(text, str):
        return UNKNOWN
    module = sys.modules[function.__module__]
    return _of_text(text, module, owner)


def _of_text(text: str, module: ModuleType, owner: Any) -> Kind:
    def look_up(name: str) -> Kind:
        if name == "Self":
            return UNKNOWN if owner is None else Thing(owner)
        return kind_of_object(_named_in(module, name))

    return kind_of_annotation(ast.parse(text, mode="eval").body, look_up)


def _named_in(module: ModuleType, name: str) -> Any:
    """What a name means in a module of lkapi, including imports for type checkers."""
    found = getattr(module, name, None)
    if found is not None or name not in _imports_of(module):
        return found
    return getattr(importlib.import_module(_imports_of(module)[name]), name, None)


@functools.cache
def _imports_of(module: ModuleType) -> dict[str, str]:
    """The names that a module of lkapi imports from others of lkapi, and from which."""
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("lkapi")
        for alias in node.names
    }


def kind_of_annotation(node: ast.expr, look_up: Callable[[str], Kind]) -> Kind:
    """What an annotation says about a value.

    Args:
        node: the annotation.
        look_up: from a dotted name to what it stands for.
    """
    if isinstance(node, ast.Constant):
        return _of_constant(node, look_up)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return join(kind_of_annotation(node.left, look_up), kind_of_annotation(node.right, look_up))
    if isinstance(node, ast.Subscript):
        return _of_generic(node, look_up)
    if not isinstance(node, ast.Name | ast.Attribute):
        return UNKNOWN
    named = look_up(ast.unparse(node))
    if isinstance(named, Thing) and isinstance(named.value, type):
        return Made(named.value)

    if isinstance(named, OwnClass):
        return Own(named.node)
    return Foreign() if isinstance(named, Foreign) else UNKNOWN


def _of_constant(node: ast.Constant, look_up: Callable[[str], Kind]) -> Kind:
    if node.value is None:
        return ABSENT
    if not isinstance(node.value, str):
        return UNKNOWN
    try:
        return kind_of_annotation(ast.parse(node.value, mode="eval").body, look_up)
    except SyntaxError:
        return UNKNOWN


def _of_generic(node: ast.Subscript, look_up: Callable[[str], Kind]) -> Kind:
    name = ast.unparse(node.value).rpartition(".")[2]
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Union":
        kinds = [kind_of_annotation(argument, look_up) for argument in arguments]
        return functools.reduce(join, kinds, ABSENT)
    if name in ("dict", "Dict", "Mapping", "MutableMapping") and len(arguments) == 2:
        return Map(kind_of_annotation(arguments[1], look_up))
    if not arguments:  # tuple[()]
        return UNKNOWN
    place = -1 if name == "Coroutine" else 0
    inner = kind_of_annotation(arguments[place], look_up)
    if name in _WRAPPERS:
        return inner
    return Items(inner) if name in LISTS else UNKNOWN
