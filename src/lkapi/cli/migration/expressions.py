"""Walks through expressions in the order in which they are evaluated, and applies the rules."""

from __future__ import annotations

import ast
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING

from lkapi.cli.migration import rules, rules_calls
from lkapi.cli.migration.inference import Argument, element_of, is_static, kind_of, path_of
from lkapi.cli.migration.kinds import ABSENT, UNKNOWN, Items, Made, Own, OwnFunction, Thing
from lkapi.cli.migration.library import is_message, message_fields
from lkapi.cli.migration.narrowing import set_if
from lkapi.cli.migration.state import Scope, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lkapi.cli.migration.inference import Program
    from lkapi.cli.migration.kinds import Kind
    from lkapi.cli.migration.reporting import Reporter

__all__ = ["Expressions"]


def _is_plain(node: ast.expr) -> bool:
    return not isinstance(node, ast.Starred)


class Expressions:
    """Expressions of one file."""

    def __init__(self, program: Program, reporter: Reporter) -> None:
        self.program = program
        self.reporter = reporter

    def kind(self, node: ast.expr, scope: Scope) -> Kind:
        """What is known about the value of an expression."""
        return kind_of(node, scope, self.program)

    def visit(self, node: ast.AST | None, scope: Scope) -> None:
        """Check an expression and its parts."""
        if isinstance(node, ast.BoolOp):
            self._visit_bool(node, scope)
        elif isinstance(node, ast.IfExp):
            self.visit(node.test, scope)
            self._narrowed(node.test, node.body, scope, outcome=True)
            self._narrowed(node.test, node.orelse, scope, outcome=False)
        elif isinstance(node, ast.Lambda):
            self._visit_lambda(node, scope)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            self._visit_comprehension(node.generators, [node.elt], scope)
        elif isinstance(node, ast.DictComp):
            self._visit_comprehension(node.generators, [node.key, node.value], scope)
        elif isinstance(node, ast.NamedExpr):
            self.visit(node.value, scope)
            self.assign(node.target, node.value, scope)
        elif node is not None:
            for child in ast.iter_child_nodes(node):
                self.visit(child, scope)
            self._check(node, scope)

    def _check(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            rules_calls.check_reference(node, self.kind(node, scope), self.reporter)
        if isinstance(node, ast.Attribute):
            rules.check_attribute(node, scope, self.program, self.reporter)
        elif isinstance(node, ast.Subscript):
            rules.check_subscript(node, scope, self.program, self.reporter)
        elif isinstance(node, ast.Call):
            rules_calls.check_call(node, scope, self.program, self.reporter)
            self._note_arguments(node, scope)
            self._note_effects(node, scope)

    def _note_arguments(self, node: ast.Call, scope: Scope) -> None:
        """Note the arguments of a call of a function of the program, for the next pass."""
        callee = self.kind(node.func, scope)
        if not isinstance(callee, OwnFunction):
            return
        names = [
            argument.arg for argument in (*callee.node.args.posonlyargs, *callee.node.args.args)
        ]
        if isinstance(node.func, ast.Attribute) and not is_static(callee.node):
            names = names[1:]
        given = [(word.arg, word.value) for word in node.keywords if word.arg is not None]
        for name, value in [*zip(names, takewhile(_is_plain, node.args), strict=False), *given]:
            path = path_of(value)
            present = frozenset[str]() if path is None else scope.state.below(path)
            argument = Argument(self.kind(value, scope), present)
            self.program.add_argument(callee.node, name, argument)

    def _note_effects(self, node: ast.Call, scope: Scope) -> None:
        """Note what a call may have changed: the message whose method it is, and its arguments."""
        func = node.func
        path = path_of(func.value) if isinstance(func, ast.Attribute) else None
        if isinstance(func, ast.Attribute) and path is not None:
            if func.attr in rules.CLEARING:
                scope.state.forget(path)
            elif func.attr in rules.FILLING:
                scope.state.doubt(path)
        if isinstance(self.kind(func, scope), Thing):
            return
        for argument in [*node.args, *(word.value for word in node.keywords)]:
            given = path_of(argument)
            if given is not None:
                scope.state.doubt(given)

    def _visit_bool(self, node: ast.BoolOp, scope: Scope) -> None:
        before = scope.state.copy()
        holds = isinstance(node.op, ast.And)
        for part in node.values:
            self.visit(part, scope)
            scope.state.assume(set_if(part, scope, self.program, outcome=holds))
        bound = scope.state.names
        scope.state.become(before)
        scope.state.names = bound

    def _narrowed(self, test: ast.expr, node: ast.expr, scope: Scope, *, outcome: bool) -> None:
        before = scope.state.copy()
        scope.state.assume(set_if(test, scope, self.program, outcome=outcome))
        self.visit(node, scope)
        scope.state.become(before)

    def _inner(self, scope: Scope, node: ast.AST) -> Scope:
        state = State(present=set(scope.state.present), absent=set(scope.state.absent),
                      origins=dict(scope.state.origins))  # fmt: skip
        return Scope(scope, node, state=state)

    def _visit_lambda(self, node: ast.Lambda, scope: Scope) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            self.visit(default, scope)
        inner = self._inner(scope, node)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            inner.bind(argument.arg, UNKNOWN)
        self.visit(node.body, inner)

    def _visit_comprehension(
        self, generators: Sequence[ast.comprehension], results: Sequence[ast.expr], scope: Scope
    ) -> None:
        inner = self._inner(scope, generators[0])
        for generator in generators:
            self.visit(generator.iter, inner)
            self.bind(generator.target, element_of(self.kind(generator.iter, inner)), inner)
            for test in generator.ifs:
                self.visit(test, inner)
                inner.state.assume(set_if(test, inner, self.program))
        for result in results:
            self.visit(result, inner)

    def bind(self, target: ast.expr, kind: Kind, scope: Scope) -> None:
        """Bind a target to a value of which only the kind is known."""
        if isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self.bind(element, element_of(kind), scope)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, UNKNOWN, scope)
        elif isinstance(target, ast.Name):
            scope.state.forget(target.id)
            scope.bind(target.id, kind)
        elif isinstance(target, ast.Attribute):
            self._bind_attribute(target, kind, scope)
        elif (path := path_of(target)) is not None:
            scope.state.forget(path)
            scope.state.set_field(path)

    def _bind_attribute(self, target: ast.Attribute, kind: Kind, scope: Scope) -> None:
        owner = self.kind(target.value, scope)
        if isinstance(owner, Own):
            self.program.add_attribute(owner.node, target.attr, kind)
        path = path_of(target)
        if path is not None:
            scope.state.forget(path)
            if kind is not ABSENT:
                scope.state.set_field(path)

    def assign(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        """Bind a target to the value of an expression, with what is known about its fields."""
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, part in zip_longest(target.elts, value.elts[: len(target.elts)]):
                self.assign(one, part or ast.Constant(...), scope)
            return
        source = self._unset_source(value, scope)
        self.bind(target, self.kind(value, scope), scope)
        path = path_of(target)
        if path is None:
            return
        if isinstance(target, ast.Name) and source is not None:
            scope.state.origins[target.id] = source
        self._note_fields(path, value, scope)

    def _unset_source(self, value: ast.expr, scope: Scope) -> str | None:
        """The path of a field of message type that is read, unless it is known to be set."""
        if not isinstance(value, ast.Attribute):
            return None
        owner, path = self.kind(value.value, scope), path_of(value)
        if not isinstance(owner, Made) or not is_message(owner.cls) or path is None:
            return None
        is_field = value.attr in message_fields(owner.cls)
        return path if is_field and path not in scope.state.present else None

    def _note_fields(self, path: str, value: ast.expr, scope: Scope) -> None:
        """Note the fields of a message that is created in the expression."""
        if not isinstance(value, ast.Call):
            return
        callee = self.kind(value.func, scope)
        if not isinstance(callee, Thing) or not is_message(callee.value) or value.args:
            return
        given = {word.arg: word.value for word in value.keywords}
        for name in message_fields(callee.value):
            part = given.get(name)
            if part is None and None not in given:
                scope.state.absent.add(f"{path}.{name}")
            elif part is not None and self.kind(part, scope) is not ABSENT:
                scope.state.present.add(f"{path}.{name}")
                self._note_fields(f"{path}.{name}", part, scope)

    def walked(self, node: ast.expr, scope: Scope) -> Kind:
        """The elements of a value in ``for``."""
        return element_of(self.kind(node, scope))

    def entered(self, node: ast.expr, scope: Scope) -> Kind:
        """What ``with`` binds for a value."""
        kind = self.kind(node, scope)
        return kind.element if isinstance(kind, Items) else kind
