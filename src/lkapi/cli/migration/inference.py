"""The kind of an expression, from what is known about names, classes and functions there."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.cli.migration.kinds import (
    ABSENT,
    UNKNOWN,
    EventName,
    Foreign,
    Items,
    Kind,
    Made,
    Map,
    Method,
    Own,
    OwnClass,
    OwnFunction,
    Thing,
    Time,
    join,
)
from lkapi.cli.migration.library import (
    MISSING,
    attribute_of,
    dotted_kind,
    is_message,
    kind_of_annotation,
    kind_of_object,
    member,
    returned_by,
)
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from lkapi.cli.migration.state import Scope

__all__ = ["Argument", "Program", "annotated_kind", "element_of", "is_static", "kind_of", "path_of"]

_SAME_ITEMS: Final = frozenset({"list", "sorted", "tuple", "reversed", "iter", "set", "filter"})
_ONE_ITEM: Final = frozenset({"next", "min", "max"})
_FIRST_ARGUMENT: Final = frozenset(
    {"asyncio.run", "asyncio.wait_for", "asyncio.shield", "asyncio.create_task", "copy.copy",
     "copy.deepcopy", "asyncio.ensure_future", "typing.cast"}
)  # fmt: skip
_LITERALS: Final = (ast.Constant, ast.JoinedStr, ast.Dict, ast.Compare, ast.Set, ast.DictComp)


@attrs.frozen
class Argument:
    """What a parameter receives in all calls in its file."""

    kind: Kind
    present: frozenset[str] = frozenset()
    """Paths below it that are set in each call, ``.room`` for example."""


@attrs.define
class Program:
    """What one file says about its own functions and classes; each pass knows the previous one."""

    returns: dict[ast.AST, Kind] = attrs.field(factory=dict[ast.AST, Kind])
    attributes: dict[tuple[ast.ClassDef, str], Kind] = attrs.field(
        factory=dict[tuple[ast.ClassDef, str], Kind]
    )
    noted: dict[tuple[ast.ClassDef, str], Kind] = attrs.field(
        factory=dict[tuple[ast.ClassDef, str], Kind]
    )
    """The attributes that this pass has seen so far."""
    arguments: dict[tuple[ast.AST, str], Argument] = attrs.field(
        factory=dict[tuple[ast.AST, str], Argument]
    )
    """What functions are called with, by the name of the parameter."""
    given: dict[tuple[ast.AST, str], Argument] = attrs.field(
        factory=dict[tuple[ast.AST, str], Argument]
    )
    """The same for what this pass has seen so far."""
    bases: dict[ast.ClassDef, list[ast.ClassDef]] = attrs.field(
        factory=dict[ast.ClassDef, list[ast.ClassDef]]
    )

    def add_attribute(self, cls: ast.ClassDef, name: str, kind: Kind) -> None:
        """Note a value that an attribute of a class or of its instances gets."""
        self.noted[cls, name] = join(self.noted.get((cls, name), ABSENT), kind)

    def add_argument(self, function: ast.AST, name: str, given: Argument) -> None:
        """Note what a function of the program is called with."""
        known = self.given.get((function, name))
        if known is not None:
            given = Argument(join(known.kind, given.kind), known.present & given.present)
        self.given[function, name] = given

    def end_pass(self) -> None:
        """From now on, what was noted is known."""
        self.attributes, self.noted = self.noted, {}
        self.arguments, self.given = self.given, {}

    def attribute(self, cls: ast.ClassDef, name: str) -> Kind:
        """What is known about an attribute of a class of the program."""
        found = self.attributes.get((cls, name))
        if found is not None:
            return found
        for base in self.bases.get(cls, []):
            found = self.attribute(base, name)
            if found is not UNKNOWN:
                return found
        return UNKNOWN


def is_static(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function of a class gets no ``self``."""
    return any(ast.unparse(decorator) == "staticmethod" for decorator in node.decorator_list)


def path_of(node: ast.AST) -> str | None:
    """``a.b['c']`` as text, None if it is not such a path."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = path_of(node.value)
        return None if base is None else f"{base}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base = path_of(node.value)
        return None if base is None else f"{base}[{node.slice.value!r}]"
    return None


def kind_of(node: ast.expr, scope: Scope, program: Program) -> Kind:
    """What is known about the value of an expression."""
    if isinstance(node, ast.Name):
        return _name_kind(node.id, scope)
    if isinstance(node, ast.Attribute):
        return _attribute_kind(node, scope, program)
    if isinstance(node, ast.Call):
        return _call_kind(node, scope, program)
    if isinstance(node, ast.Await | ast.NamedExpr | ast.Starred):
        return kind_of(node.value, scope, program)
    if isinstance(node, ast.BoolOp | ast.IfExp):
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        kinds = [kind_of(part, scope, program) for part in parts]
        first = kinds[0]
        for other in kinds[1:]:
            first = join(first, other)
        return first
    if isinstance(node, ast.Subscript):
        return _subscript_kind(node, scope, program)
    return _literal_kind(node, scope, program)


def _literal_kind(node: ast.expr, scope: Scope, program: Program) -> Kind:
    if isinstance(node, ast.Constant) and node.value is None:
        return ABSENT
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        kinds = {kind_of(element, scope, program) for element in node.elts}
        return Items(kinds.pop()) if len(kinds) == 1 else Items(UNKNOWN)
    return Foreign() if isinstance(node, _LITERALS) else UNKNOWN


def _name_kind(name: str, scope: Scope) -> Kind:
    found = scope.find(name)
    if found is not None:
        return found
    for module in scope.module.stars:
        if isinstance(module, Thing) and (value := member(module.value, name)) is not MISSING:
            return kind_of_object(value)
    return Foreign(f"builtins.{name}") if hasattr(builtins, name) else UNKNOWN


def _attribute_kind(node: ast.Attribute, scope: Scope, program: Program) -> Kind:
    owner = kind_of(node.value, scope, program)
    if isinstance(owner, Foreign):
        return dotted_kind(f"{owner.dotted}.{node.attr}") if owner.dotted else UNKNOWN
    if isinstance(owner, Thing):
        value = member(owner.value, node.attr)
        return UNKNOWN if value is MISSING else kind_of_object(value)
    if isinstance(owner, Own | OwnClass):
        return program.attribute(owner.node, node.attr)
    if not isinstance(owner, Made):
        return UNKNOWN
    if owner.cls is WebhookEvent and node.attr == "event":
        return EventName(path_of(node.value) or "")
    return attribute_of(owner.cls, node.attr) or UNKNOWN


def annotated_kind(node: ast.expr, scope: Scope, program: Program) -> Kind:
    """What an annotation of the program says about a value."""

    def find(dotted: str) -> Kind:
        return kind_of(ast.parse(dotted, mode="eval").body, scope, program)

    return kind_of_annotation(node, find)


def _call_kind(node: ast.Call, scope: Scope, program: Program) -> Kind:
    callee = kind_of(node.func, scope, program)
    if isinstance(callee, Thing | Method):
        return returned_by(callee)
    if isinstance(callee, OwnFunction):
        return program.returns.get(callee.node, UNKNOWN)
    if isinstance(callee, OwnClass):
        return Own(callee.node)
    if isinstance(callee, Foreign) and callee.dotted:
        return _foreign_call_kind(callee.dotted, node, scope, program)
    if isinstance(node.func, ast.Attribute):
        return _container_call_kind(node.func, scope, program)
    return UNKNOWN


def _foreign_call_kind(dotted: str, node: ast.Call, scope: Scope, program: Program) -> Kind:
    name = dotted.rpartition(".")[2]
    if dotted == "typing.cast" and len(node.args) == 2:
        return annotated_kind(node.args[0], scope, program)
    if node.args and (dotted in _FIRST_ARGUMENT or dotted.startswith("builtins.")):
        first = kind_of(node.args[0], scope, program)
        if dotted in _FIRST_ARGUMENT or name in _SAME_ITEMS:
            return first
        if name in _ONE_ITEM:
            return element_of(first)
        return Items(Items(element_of(first))) if name == "enumerate" else Foreign()
    is_class = name[:1].isupper() or dotted.startswith("builtins.") or "_pb2" in dotted
    return Foreign() if is_class else UNKNOWN


def _container_call_kind(func: ast.Attribute, scope: Scope, program: Program) -> Kind:
    owner = kind_of(func.value, scope, program)
    if isinstance(owner, Items):
        return owner.element if func.attr in ("add", "pop") else UNKNOWN
    if isinstance(owner, Map):
        if func.attr == "values":
            return Items(owner.value)
        return owner.value if func.attr in ("get", "pop", "setdefault") else UNKNOWN
    return UNKNOWN


def _subscript_kind(node: ast.Subscript, scope: Scope, program: Program) -> Kind:
    owner = kind_of(node.value, scope, program)
    if isinstance(owner, Items):
        return Items(owner.element) if isinstance(node.slice, ast.Slice) else owner.element
    return owner.value if isinstance(owner, Map) else UNKNOWN


def element_of(kind: Kind) -> Kind:
    """The elements of a value in a ``for``."""
    if isinstance(kind, Items):
        return kind.element
    return Foreign() if isinstance(kind, Map | Foreign | Time) or is_message(kind) else UNKNOWN
