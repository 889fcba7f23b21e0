"""What a condition says about messages: which fields are set if it is true, and if it is false."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from lkapi.cli.migration.inference import kind_of, path_of
from lkapi.cli.migration.kinds import EventName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lkapi.cli.migration.inference import Program
    from lkapi.cli.migration.kinds import Kind
    from lkapi.cli.migration.state import Scope

__all__ = ["fields_of_event", "set_if"]

_EVENT_FIELDS: Final = {
    "room": ("room",),
    "participant": ("room", "participant"),
    "track": ("room", "participant", "track"),
    "egress": ("egress_info",),
    "ingress": ("ingress_info",),
}
"""What LiveKit sends with an event, by the first word of its name."""
_HAS: Final = ("HasField", "has_field")
_WHICH: Final = ("WhichOneof", "which_oneof")


def fields_of_event(name: object) -> tuple[str, ...]:
    """The fields that are set in a webhook event of this name."""
    return _EVENT_FIELDS.get(str(name).partition("_")[0], ())


def set_if(test: ast.expr, scope: Scope, program: Program, *, outcome: bool = True) -> set[str]:
    """The paths that are set if a condition has this outcome."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return set_if(test.operand, scope, program, outcome=not outcome)
    if isinstance(test, ast.BoolOp):
        parts = [set_if(part, scope, program, outcome=outcome) for part in test.values]
        all_hold = isinstance(test.op, ast.And) is outcome
        return set[str].union(*parts) if all_hold else set[str].intersection(*parts)
    if isinstance(test, ast.Compare):
        return _compared(test, scope, program, outcome)
    if not outcome:
        return set()
    if isinstance(test, ast.Call):
        return _asked(test, scope, program)
    return set(_paths(test))


def _paths(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.NamedExpr):
        yield node.target.id
        node = node.value
    path = path_of(node)
    if path is not None:
        yield path


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _asked(call: ast.Call, scope: Scope, program: Program) -> set[str]:
    """``event.HasField("room")`` and ``event.event.startswith("room_")``."""
    func, text = call.func, _text(call.args[0]) if call.args else None
    if not isinstance(func, ast.Attribute) or text is None:
        return set()
    if func.attr == "startswith":
        return _event_facts(kind_of(func.value, scope, program), [text])
    base = path_of(func.value)
    return {f"{base}.{text}"} if base and func.attr in _HAS else set()


def _compared(test: ast.Compare, scope: Scope, program: Program, outcome: bool) -> set[str]:
    if len(test.ops) != 1:
        return set()
    left, op, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(right, ast.Constant) and right.value is None:
        is_set = isinstance(op, ast.IsNot | ast.NotEq)
        return set(_paths(left)) if is_set is outcome else set()
    if isinstance(op, ast.NotEq | ast.NotIn):
        op, outcome = (ast.Eq() if isinstance(op, ast.NotEq) else ast.In()), not outcome
    if not outcome or not isinstance(op, ast.Eq | ast.In):
        return set()
    return _named(left, right, scope, program) | _found(left, op, right)


def _found(left: ast.expr, op: ast.cmpop, right: ast.expr) -> set[str]:
    """``"k" in participant.attributes`` and ``output.WhichOneof("output") == "s3"``."""
    if isinstance(op, ast.In):
        base = path_of(right)
        return {f"{base}[{left.value!r}]"} if base and isinstance(left, ast.Constant) else set()
    text, func = _text(right), left.func if isinstance(left, ast.Call) else None
    if text is None or not isinstance(func, ast.Attribute) or func.attr not in _WHICH:
        return set()
    base = path_of(func.value)
    return {f"{base}.{text}"} if base else set()


def _named(left: ast.expr, right: ast.expr, scope: Scope, program: Program) -> set[str]:
    """``event.event == "room_started"``, and the same with several names."""
    if isinstance(left, ast.Constant):
        left, right = right, left
    names = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else [right]
    texts = [_text(name) for name in names]
    return _event_facts(kind_of(left, scope, program), texts)


def _event_facts(kind: Kind, names: Sequence[str | None]) -> set[str]:
    """What is set in an event whose name is one of these."""
    if not isinstance(kind, EventName) or not kind.path or not names:
        return set()
    found = [{f"{kind.path}.{field}" for field in fields_of_event(name)} for name in names]
    return set[str].intersection(*found)
