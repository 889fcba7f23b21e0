"""Goes through the statements of a file with what is known at each of them."""

from __future__ import annotations

import ast
from collections import deque
from functools import reduce
from typing import TYPE_CHECKING, Final

from lkapi.cli.migration import rules_calls
from lkapi.cli.migration.expressions import Expressions
from lkapi.cli.migration.inference import Argument, Program, annotated_kind, is_static, path_of
from lkapi.cli.migration.kinds import (
    ABSENT,
    UNKNOWN,
    EventName,
    Foreign,
    Items,
    Method,
    Own,
    OwnClass,
    OwnFunction,
    join,
)
from lkapi.cli.migration.library import dotted_kind, our_name
from lkapi.cli.migration.narrowing import fields_of_event, set_if
from lkapi.cli.migration.state import Scope, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lkapi.cli.migration.kinds import Kind
    from lkapi.cli.migration.reporting import Reporter

__all__ = ["check_tree"]

_PASSES: Final = 3
"""How many passes: a result may be known only after those of called functions. The last reports."""
_PROPERTIES: Final = ("property", "cached_property")


def check_tree(reporter: Reporter) -> None:
    """Walk through a file; the reporter has the findings."""
    tree = reporter.parsed.tree
    _note_imports(tree, reporter)
    if not reporter.deals_with_livekit:
        return
    program = Program()
    for _ in range(_PASSES):
        reporter.restart()
        _Flow(program, reporter).run(tree)
        program.end_pass()


def _note_imports(tree: ast.Module, reporter: Reporter) -> None:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = rules_calls.module_of(node)
            names = [source, *(f"{source}.{alias.name}" for alias in node.names)]
        for name in names:
            reporter.deals_with_livekit |= our_name(name) is not None
            reporter.has_other_messages |= "_pb2" in name and not name.startswith("google.")


class _Flow:
    """One pass over one file."""

    def __init__(self, program: Program, reporter: Reporter) -> None:
        self.program = program
        self.reporter = reporter
        self.expressions = Expressions(program, reporter)
        self.waiting: deque[tuple[OwnFunction, Scope, ast.ClassDef | None]] = deque()

    def run(self, tree: ast.Module) -> None:
        """The module, then its functions, which run when its names are bound."""
        self.block(tree.body, Scope(node=tree))
        while self.waiting:
            self._function(*self.waiting.popleft())

    def block(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through statements in order; True if the last of them leaves the block."""
        return any(self.statement(statement, scope) for statement in body)

    def statement(self, node: ast.stmt, scope: Scope) -> bool:
        """Go through one statement; True if it leaves the block."""
        walk = getattr(self, f"_{type(node).__name__.lower()}", None)
        if walk is not None:
            return bool(walk(node, scope))
        for child in ast.iter_child_nodes(node):
            self.expressions.visit(child, scope)
        return isinstance(node, ast.Raise | ast.Continue | ast.Break)

    # names

    def _import(self, node: ast.Import, scope: Scope) -> None:
        rules_calls.check_import(node, self.reporter)
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            scope.bind(name, dotted_kind(alias.name if alias.asname else name))

    def _importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        rules_calls.check_import(node, self.reporter)
        source = rules_calls.module_of(node)
        for alias in node.names:
            if alias.name == "*":
                scope.module.stars.append(dotted_kind(source))
                continue
            kind = dotted_kind(f"{source}.{alias.name}")
            scope.bind(alias.asname or alias.name, kind)

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.shared.update(dict.fromkeys(node.names, scope.module))

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        for name in node.names:
            owner = scope.parent
            while owner is not None and (owner.is_class or name not in owner.state.names):
                owner = owner.parent
            if owner is not None:
                scope.shared[name] = owner

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        self.expressions.visit(node.value, scope)
        for target in node.targets:
            self.expressions.visit(target, scope)
            self.expressions.assign(target, node.value, scope)

    def _annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        self.expressions.visit(node.annotation, scope)
        self.expressions.visit(node.value, scope)
        self.expressions.visit(node.target, scope)
        kind = self._annotated(node.annotation, scope)
        if node.value is not None:
            self.expressions.assign(node.target, node.value, scope)
            if kind is UNKNOWN:
                return
        if isinstance(node.target, ast.Name):
            scope.bind(node.target.id, kind)
        else:
            self.expressions.bind(node.target, kind, scope)

    def _annotated(self, node: ast.expr, scope: Scope) -> Kind:
        return annotated_kind(node, scope, self.program)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self.expressions.visit(target, scope)
            scope.state.forget(path_of(target) or "")

    # functions and classes

    def _functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        arguments = node.args
        for outside in (*node.decorator_list, *arguments.defaults, *arguments.kw_defaults):
            self.expressions.visit(outside, scope)
        around = _around(scope)
        for annotation in (*(a.annotation for a in _arguments(arguments)), node.returns):
            self.expressions.visit(annotation, around)
        function = OwnFunction(node)
        cls = scope.node if isinstance(scope.node, ast.ClassDef) else None
        names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
        is_property = cls is not None and bool(names.intersection(_PROPERTIES))
        found = self.program.returns.get(node, UNKNOWN) if is_property else function
        scope.bind(node.name, found)
        self.waiting.append((function, scope, None if is_static(node) else cls))

    _asyncfunctiondef = _functiondef

    def _function(self, function: OwnFunction, outer: Scope, cls: ast.ClassDef | None) -> None:
        node, scope, around = function.node, Scope(outer, function.node), _around(outer)
        for place, argument in enumerate(_arguments(node.args)):
            known = self.program.arguments.get((node, argument.arg), Argument(UNKNOWN))
            kind = known.kind
            if argument.annotation is not None:
                kind = self._annotated(argument.annotation, around)
            elif cls is not None and place == 0:
                is_class = any(ast.unparse(d) == "classmethod" for d in node.decorator_list)
                kind = OwnClass(cls) if is_class else Own(cls)
            scope.bind(argument.arg, kind)
            if not node.decorator_list:  # otherwise others may call it too
                scope.state.assume({f"{argument.arg}{rest}" for rest in known.present})
        self.block(node.body, scope)
        told = UNKNOWN if node.returns is None else self._annotated(node.returns, around)
        if told is UNKNOWN:
            told = reduce(join, scope.returned, ABSENT)
            if scope.yielded:
                told = Items(reduce(join, scope.yielded))
        self.program.returns[node] = told

    def _classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.expressions.visit(outside, scope)
        bases = [self.expressions.kind(base, scope) for base in node.bases]
        self.program.bases[node] = [base.node for base in bases if isinstance(base, OwnClass)]
        scope.bind(node.name, OwnClass(node))
        inner = Scope(scope, node, is_class=True)
        self.block(node.body, inner)
        for name, kind in inner.state.names.items():
            self.program.add_attribute(node, name, kind)
            if self.program.attribute(node, name) is UNKNOWN:
                self.program.attributes[node, name] = kind

    def _return(self, node: ast.Return, scope: Scope) -> bool:
        self.expressions.visit(node.value, scope)
        if node.value is not None:
            scope.returned.append(self.expressions.kind(node.value, scope))
        return True

    def _expr(self, node: ast.Expr, scope: Scope) -> bool:
        self.expressions.visit(node.value, scope)
        if isinstance(node.value, ast.Yield) and node.value.value is not None:
            scope.yielded.append(self.expressions.kind(node.value.value, scope))
        if not isinstance(node.value, ast.Call):
            return False
        callee = self.expressions.kind(node.value.func, scope)
        return isinstance(callee, Foreign) and callee.dotted in ("sys.exit", "os._exit")

    # branches

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        self.expressions.visit(node.test, scope)
        scope.state.assume(set_if(node.test, scope, self.program))

    def _if(self, node: ast.If, scope: Scope) -> bool:
        self.expressions.visit(node.test, scope)
        otherwise = scope.state.copy()
        otherwise.assume(set_if(node.test, scope, self.program, outcome=False))
        scope.state.assume(set_if(node.test, scope, self.program))
        ends = self.block(node.body, scope)
        after = scope.state.copy()
        scope.state.become(otherwise)
        other_ends = self.block(node.orelse, scope)
        if other_ends and not ends:
            scope.state.become(after)
        elif not ends:
            scope.state.become(after.merge(scope.state))
        return ends and other_ends

    def _while(self, node: ast.While, scope: Scope) -> None:
        self.expressions.visit(node.test, scope)
        before = scope.state.copy()
        scope.state.assume(set_if(node.test, scope, self.program))
        self._loop(node, before, scope)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self.expressions.visit(node.iter, scope)
        before = scope.state.copy()
        self.expressions.bind(node.target, self.expressions.walked(node.iter, scope), scope)
        self._loop(node, before, scope)

    _asyncfor = _for

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, before: State, scope: Scope) -> None:
        self.block(node.body, scope)
        scope.state.become(scope.state.merge(before))
        self.block(node.orelse, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
        for item in node.items:
            self.expressions.visit(item.context_expr, scope)
            if item.optional_vars is not None:
                kind = self.expressions.entered(item.context_expr, scope)
                self.expressions.bind(item.optional_vars, kind, scope)
        return self.block(node.body, scope)

    _asyncwith = _with

    def _try(self, node: ast.Try, scope: Scope) -> bool:
        before = scope.state.copy()
        ends = self.block(node.body, scope) or self.block(node.orelse, scope)
        after = scope.state.copy()
        broken = before.merge(after)
        results = [] if ends else [after]
        for handler in node.handlers:
            scope.state.become(broken.copy())
            if not self._handler(handler, node, scope):
                results.append(scope.state.copy())
        scope.state.become(reduce(lambda one, other: one.merge(other), results)
                           if results else broken)  # fmt: skip
        return self.block(node.finalbody, scope) or not results

    _trystar = _try

    def _handler(self, handler: ast.ExceptHandler, node: ast.Try, scope: Scope) -> bool:
        self.expressions.visit(handler.type, scope)
        if any(self._calls_livekit(part, scope) for part in node.body):
            rules_calls.check_handler(handler, scope, self.program, self.reporter)
        if handler.name:
            scope.bind(handler.name, UNKNOWN)
        return self.block(handler.body, scope)

    def _calls_livekit(self, node: ast.AST, scope: Scope) -> bool:
        calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
        return any(isinstance(self.expressions.kind(c.func, scope), Method) for c in calls)

    def _match(self, node: ast.Match, scope: Scope) -> bool:
        self.expressions.visit(node.subject, scope)
        before, results = scope.state.copy(), [scope.state.copy()]
        subject = self.expressions.kind(node.subject, scope)
        for case in node.cases:
            scope.state.become(before.copy())
            if isinstance(subject, EventName):
                fields = _fields_of_pattern(case.pattern)
                scope.state.present |= {f"{subject.path}.{field}" for field in fields}
            for name in _captures(case.pattern):
                scope.bind(name, UNKNOWN)
            self.expressions.visit(case.guard, scope)
            if not self.block(case.body, scope):
                results.append(scope.state.copy())
        scope.state.become(reduce(lambda one, other: one.merge(other), results))
        return False


def _around(scope: Scope) -> Scope:
    """The scope for annotations of methods: around the class, as for type hints."""
    return scope.parent if scope.is_class and scope.parent is not None else scope


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    several = [given for given in (arguments.vararg, arguments.kwarg) if given is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several]


def _fields_of_pattern(pattern: ast.pattern) -> set[str]:
    if isinstance(pattern, ast.MatchOr):
        return set[str].intersection(*map(_fields_of_pattern, pattern.patterns))
    if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
        return set(fields_of_event(pattern.value.value))
    return set()


def _captures(pattern: ast.pattern) -> list[str]:
    found = (getattr(part, "name", None) for part in ast.walk(pattern))
    return [name for name in found if isinstance(name, str)]
