"""Graphs of dependency: strata of negation as failure, topological order, and the cycles that forbid them.

Edges hold, for each atom, the atoms that it is derived from. A base is stratified when no fact depends on its own
absence (Apt, Blair and Walker 1988). Strongly connected components are found as by Tarjan (1972), without recursion.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Edges: TypeAlias = Sequence[Sequence[int]]


class Circular(Exception):
    """The cycle of atoms that forbids an order of evaluation; the first stands again at the end."""

    def __init__(self, cycle: list[int]) -> None:
        super().__init__(cycle)
        self.cycle = cycle


def stratify(edges: Edges, negations: Mapping[int, int]) -> list[list[tuple[int, int]]]:
    """Level i holds the literals (literal, denied atom) that may be decided when stratum i is complete.

    Raises Circular where a fact depends on its own absence.
    """
    component = components(edges)
    for literal, atom in negations.items():
        if component[literal] == component[atom]:
            raise Circular(_cycle(edges, component, literal, atom))
    stratum = [0] * len(edges)
    for atoms in _members(component):
        level = 0
        for atom in atoms:
            below = max((stratum[part] for part in edges[atom]), default=0)
            level = max(level, below + 1 if atom in negations else below)
        for atom in atoms:
            stratum[atom] = level
    highest = max((stratum[atom] for atom in negations.values()), default=-1)
    levels: list[list[tuple[int, int]]] = [[] for _ in range(highest + 1)]
    for literal, atom in negations.items():
        levels[stratum[atom]].append((literal, atom))
    return levels


def topological(edges: Edges) -> list[int]:
    """All atoms, each after what it is derived from."""
    return [atom for atoms in _members(components(edges)) for atom in atoms]


def cycles(edges: Edges, facts: Sequence[bool]) -> list[list[int]]:
    """One cycle of each strongly connected component that has any, from its first atom that is a fact."""
    component = components(edges)
    found = []
    for atoms in _members(component):
        if len(atoms) > 1 or atoms[0] in edges[atoms[0]]:
            start = next(atom for atom in atoms if facts[atom])
            found.append(_cycle(edges, component, start, start))
    return found


def components(edges: Edges) -> list[int]:
    """Each atom's strongly connected component; a component has a larger number than those it depends on."""
    size = len(edges)
    number = [0] * size
    low = [0] * size
    component = [-1] * size
    stack: list[int] = []
    visited = found = 0
    for root in range(size):
        if number[root]:
            continue
        visited += 1
        number[root] = low[root] = visited
        stack.append(root)
        work = [(root, iter(edges[root]))]
        while work:
            atom, successors = work[-1]
            for part in successors:
                if not number[part]:
                    visited += 1
                    number[part] = low[part] = visited
                    stack.append(part)
                    work.append((part, iter(edges[part])))
                    break
                if component[part] < 0:
                    low[atom] = min(low[atom], number[part])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[atom])
                if low[atom] == number[atom]:
                    while component[atom] < 0:
                        component[stack.pop()] = found
                    found += 1
    return component


def _members(component: list[int]) -> list[list[int]]:
    """The atoms of each component, components in order of evaluation."""
    members: list[list[int]] = [[] for _ in range(max(component, default=-1) + 1)]
    for atom, number in enumerate(component):
        members[number].append(atom)
    return members


def _cycle(edges: Edges, component: list[int], start: int, goal: int) -> list[int]:
    """The shortest cycle through `start` inside its component, by way of `goal`."""
    before: dict[int, int] = {}
    queue = deque([goal])
    while queue:
        atom = queue.popleft()
        for part in edges[atom]:
            if component[part] != component[start] or part in before:
                continue
            before[part] = atom
            if part == start:
                queue.clear()
                break
            queue.append(part)
    back = [start]
    while before[back[-1]] != goal:
        back.append(before[back[-1]])
    return [*([start] if goal == start else [start, goal]), *reversed(back)]
