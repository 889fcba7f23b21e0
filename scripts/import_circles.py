"""Fail when modules of lkapi import each other in a circle; type-only imports count."""

from __future__ import annotations

import sys

import grimp


def find_circle(graph: grimp.ImportGraph, module: str) -> tuple[str, ...] | None:
    """The shortest way from a module back to itself."""
    chains = (
        graph.find_shortest_chain(importer=imported, imported=module)
        for imported in sorted(graph.find_modules_directly_imported_by(module))
    )
    ways = [(module, *chain) for chain in chains if chain is not None]
    return min(ways, key=len, default=None)


def main() -> int:
    """Print a shortest circle through each module that is in one, and judge."""
    graph = grimp.build_graph("lkapi", exclude_type_checking_imports=False, cache_dir=None)
    found = (find_circle(graph, module) for module in sorted(graph.modules))
    circles = {frozenset(circle): circle for circle in found if circle is not None}
    for circle in circles.values():
        print(" -> ".join(circle))
    print(
        f"{len(circles)} import circles among {len(graph.modules)} modules, "
        "type-only imports counted"
    )
    return 1 if circles else 0


if __name__ == "__main__":
    sys.exit(main())
