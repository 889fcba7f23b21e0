"""Collects the findings of the rules in one file."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from lkapi.cli.migration.findings import Finding
from lkapi.cli.migration.rewriting import shown as show

if TYPE_CHECKING:
    from lkapi.cli.migration.files import Parsed
    from lkapi.cli.migration.findings import Certainty

__all__ = ["Reporter"]


class Reporter:
    """The findings of one file, and what the rules need to know about its tree.

    Args:
        path: path of the file, as it is shown.
        parsed: the file.
    """

    def __init__(self, path: str, parsed: Parsed) -> None:
        self.path = path
        self.parsed = parsed
        self.deals_with_livekit = False
        """Whether the file imports livekit-api, lkapi or their messages."""
        self.has_other_messages = False
        """Whether it imports messages of other packages."""
        self.findings: set[Finding] = set()
        self._reported: set[ast.AST] = set()

    @functools.cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node."""
        nodes = ast.walk(self.parsed.tree)
        return {child: node for node in nodes for child in ast.iter_child_nodes(node)}

    def is_part_of_reported(self, node: ast.AST) -> bool:
        """Whether the beginning of a chain of attributes was reported already."""
        return node in self._reported

    def extend(self, node: ast.AST) -> None:
        """Do not report chains of attributes that continue this node again."""
        self._reported.add(node)

    def restart(self) -> None:
        """Begin another pass over the same tree."""
        self.findings.clear()
        self._reported.clear()

    def report(
        self,
        idiom: str,
        node: ast.expr | ast.stmt | ast.ExceptHandler | ast.alias,
        certainty: Certainty,
        replacement: str,
        *,
        shown: ast.AST | None = None,
    ) -> None:
        """Note a finding.

        Args:
            idiom: its name.
            node: where it is.
            certainty: whether it needs a change.
            replacement: what to write instead.
            shown: the code to show; by default that of the node with its surroundings.
        """
        what = show(self._whole(node) if shown is None else shown)
        self.findings.add(
            Finding(
                path=self.path,
                line=node.lineno,
                column=self.parsed.column(node.lineno, node.col_offset),
                idiom=idiom,
                certainty=certainty,
                what=what,
                replacement=replacement,
            )
        )

    def _whole(self, node: ast.AST) -> ast.AST:
        """An attribute with the call or the assignment that it is for."""
        parent = self.parents.get(node)
        if not isinstance(node, ast.Attribute | ast.Subscript):
            return node
        if isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node:
            return self._whole(parent)
        if isinstance(parent, ast.Call) and parent.func is node:
            return parent
        return parent if isinstance(parent, ast.Assign) and node in parent.targets else node
