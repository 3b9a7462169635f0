"""Who imports whom in the package: read from the source, imports inside functions and for types too."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "lmcli"


@dataclass(frozen=True)
class Use:
    """One import: of a module, or of a name from it."""

    module: str
    name: str | None = None

    @property
    def top(self) -> str:
        """The package that it belongs to."""
        return self.module.split(".")[0]


@cache
def uses(path: Path) -> set[Use]:
    """Every import of a file."""
    return uses_of(path.read_text(encoding="utf-8"))


def uses_of(text: str) -> set[Use]:
    """Every import of a source text, anywhere in it."""
    found: set[Use] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(Use(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(Use(node.module, alias.name) for alias in node.names)
    return found


def graph() -> dict[str, set[str]]:
    """Each module of the package with the modules of the package that it imports."""
    modules = {name_of(path): path for path in PACKAGE.rglob("*.py")}
    edges: dict[str, set[str]] = {}
    for module, path in modules.items():
        used = {f"{use.module}.{use.name}" for use in uses(path)}
        used |= {use.module for use in uses(path)}
        edges[module] = (used & modules.keys()) - {module}
    return edges


def name_of(path: Path) -> str:
    """The dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach each other, sorted."""
    reach = {start: _reached(start, edges) for start in edges}
    groups = {
        tuple(sorted({start, *(other for other in reach[start] if start in reach.get(other, ()))}))
        for start in edges
        if start in reach[start]
    }
    return sorted(list(group) for group in groups)


def _reached(start: str, edges: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting.extend(edges.get(module, ()))
    return seen
