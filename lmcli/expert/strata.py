"""The order of evaluation: strata of negation as failure, topological order, and the cycles that forbid them.

A base is stratified when no fact depends on its own absence (Apt, Blair and Walker 1988). Strongly connected
components are found as by Tarjan (1972), without recursion.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from lmcli.expert.model import Not
from lmcli.frame.errors import BadInput

if TYPE_CHECKING:
    from lmcli.expert.program import Program


def stratify(program: Program) -> list[list[tuple[int, int]]]:
    """Level i holds the literals (literal, denied atom) that may be decided when stratum i is complete.

    Raises BadInput, with the cycle, where a fact depends on its own absence.
    """
    component = components(program)
    for literal, atom in program.negations.items():
        if component[literal] == component[atom]:
            cycle = " <- ".join(_path(program, component, literal, atom))
            raise BadInput(
                f"{_where(program, literal)}the base is not stratified: {cycle}",
                "break the cycle: a fact must not depend on its own absence",
            )
    stratum = [0] * len(program.atoms)
    levels: list[list[tuple[int, int]]] = []
    for atoms in members_in_order(component):
        level = max((_stratum(program, stratum, atom) for atom in atoms), default=0)
        for atom in atoms:
            stratum[atom] = level
    for literal, atom in program.negations.items():
        while len(levels) <= stratum[atom]:
            levels.append([])
        levels[stratum[atom]].append((literal, atom))
    return levels


def _stratum(program: Program, stratum: list[int], atom: int) -> int:
    """The least stratum that an atom's own dependencies allow it."""
    if atom in program.negations:
        return stratum[program.negations[atom]] + 1
    return max((stratum[part] for part in dependencies(program, atom)), default=0)


def members_in_order(component: list[int]) -> list[list[int]]:
    """The atoms of each component, components in order of evaluation."""
    members: list[list[int]] = [[] for _ in range(max(component, default=-1) + 1)]
    for atom, number in enumerate(component):
        members[number].append(atom)
    return members


def dependencies(program: Program, atom: int) -> list[int]:
    """The atoms that an atom is derived from."""
    if atom in program.negations:
        return [program.negations[atom]]
    return [part for clause in program.concluding[atom] for part in program.bodies[clause]]


def components(program: Program) -> list[int]:
    """Each atom's strongly connected component; a component has a larger number than those it depends on."""
    size = len(program.atoms)
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
        work = [(root, iter(dependencies(program, root)))]
        while work:
            atom, successors = work[-1]
            for part in successors:
                if not number[part]:
                    visited += 1
                    number[part] = low[part] = visited
                    stack.append(part)
                    work.append((part, iter(dependencies(program, part))))
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


def topological(program: Program) -> list[int]:
    """All atoms, each after what it is derived from. Raises BadInput, with the cycle, where there is none."""
    found = cycles(program)
    if found:
        cycle = " <- ".join(found[0])
        raise BadInput(
            f"{_where(program, program.index[found[0][0]])}certainties cannot be combined around a "
            f"cycle: {cycle}",
            "break the cycle, or leave certainties out of this base",
        )
    return [atom for atoms in members_in_order(components(program)) for atom in atoms]


def cycles(program: Program) -> list[list[str]]:
    """One cycle of each strongly connected component that has any, as names of facts."""
    component = components(program)
    found = []
    for atoms in members_in_order(component):
        if len(atoms) > 1 or atoms[0] in dependencies(program, atoms[0]):
            start = next(atom for atom in atoms if program.is_fact(atom))
            found.append(_path(program, component, start, start))
    return found


def _path(program: Program, component: list[int], start: int, goal: int) -> list[str]:
    """The shortest cycle through `start` inside its component, by way of `goal`, as readable names."""
    steps = [start]
    if goal != start:
        steps = [start, goal]
    before: dict[int, int] = {}
    queue = deque([goal])
    while queue:
        atom = queue.popleft()
        for part in dependencies(program, atom):
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
    named = (atom for atom in steps + back[::-1] if isinstance(program.atoms[atom], (str, Not)))
    return [program.name(atom) for atom in named]


def _where(program: Program, atom: int) -> str:
    """The place of a rule that uses or concludes an atom, as a prefix of a message."""
    for clause in (*program.watch[atom], *program.concluding[atom]):
        origin = program.origin[clause]
        if origin >= 0 and program.base.rules[origin].line:
            return f"{program.base.path or program.base.name}:{program.base.rules[origin].line}: "
    return f"{program.base.path}: " if program.base.path else ""
