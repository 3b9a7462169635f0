"""Why not: what is missing for a conclusion that did not come, and the cheapest ways to reach it.

A repair is a set of observations to add, change or give up; its cost is their number. `search` finds the cheapest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lmcli.expert.analysis.search import Search, Solution
from lmcli.expert.chaining import Model, infer
from lmcli.expert.model import Evidence, RuleBase
from lmcli.expert.program import program_of
from lmcli.frame.errors import NoAnswer


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to reach the goal: add these observations (name=value for an attribute), give up those.

    proven: no cheaper one exists besides those before it; False where the search had to stop early.
    """

    KEY: ClassVar = "goal"
    PLAIN: ClassVar = ("cost", "adding", "removing")

    goal: str
    cost: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    proven: bool

    @property
    def adding(self) -> str:
        """What to add, on one line."""
        return ", ".join(self.add)

    @property
    def removing(self) -> str:
        """What to give up, on one line."""
        return ", ".join(self.remove)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule that did not fire; state: holds, missing, blocked (a `not` that fails)."""

    condition: str
    state: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule that could have given the fact, and what it still lacked."""

    PLAIN: ClassVar = ("fact", "rule", "lacking")

    fact: str
    rule: str
    conditions: tuple[Condition, ...]
    depth: int = 0

    @property
    def lacking(self) -> str:
        """The conditions that do not hold, on one line."""
        return ", ".join(one.condition for one in self.conditions if one.state != "holds")


def repairs(base: RuleBase, evidence: Evidence, goal: str, most: int = 3) -> list[Repair]:
    """Up to `most` repairs, cheapest first; empty where there is none (or none within the effort).

    Raises NoAnswer where the goal already holds.
    """
    model = infer(base, evidence)
    atom = program_of(base).index[goal]
    if model.holds(atom):
        raise NoAnswer(f"{goal!r} does follow from these facts", "ask how it follows with how")
    found: list[Repair] = []
    search = Search(base, evidence, atom)
    for solution in search.run():
        repair = _repair(goal, solution, True)
        if not any(_within(other, repair) for other in found):
            found.append(repair)
        if len(found) >= most:
            break
    if not found and (fallback := search.greedy()):
        found.append(_repair(goal, fallback, False))
    return found


def _repair(goal: str, solution: Solution, proven: bool) -> Repair:
    add, remove = solution.words
    return Repair(goal, len({*add, *remove}), add, remove, proven)


def _within(small: Repair, large: Repair) -> bool:
    return {*small.add} <= {*large.add} and {*small.remove} <= {*large.remove}


def attempts(base: RuleBase, model: Model, goal: str, depth: int = 3) -> list[Attempt]:
    """The rules that could have given the goal, then those for their missing parts, down to `depth`."""
    found: list[Attempt] = []
    seen: set[int] = set()
    program = program_of(base)

    def visit(atom: int, level: int) -> None:
        if level > depth or atom in seen:
            return
        seen.add(atom)
        for clause in program.concluding[atom]:
            rule = program.rule_name(clause)
            body = program.bodies[clause]
            if rule:
                states = tuple(Condition(program.name(p), _state(model, p)) for p in body)
                found.append(Attempt(program.name(atom), rule, states, level))
            for part in body:
                if not model.holds(part) and part not in program.negations:
                    visit(part, level + bool(rule))

    visit(program.index[goal], 0)
    return found


def _state(model: Model, atom: int) -> str:
    if model.holds(atom):
        return "holds"
    return "blocked" if atom in model.program.negations else "missing"
