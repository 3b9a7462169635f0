"""Why not: what is missing for a conclusion that did not come, and the cheapest ways to reach it.

A repair is a set of observations to add or give up. The cheapest are found by best-first search over the AND/OR graph
of the rules: a state holds what is assumed and which conditions are still to be met; the bound on what these will cost is
the dearest of them, computed as in h-max (Bonet and Geffner 2001), which never overestimates, so that repairs come out
in order of cost (A*, Hart, Nilsson and Raphael 1968). Each is tried on the engine before it is offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from math import inf

from lmcli.core.errors import NoAnswer
from lmcli.expert.chaining import Model, infer
from lmcli.expert.model import Comparison, Evidence, RuleBase, plain_value
from lmcli.expert.program import HELPER
from lmcli.expert.terms import witness

EFFORT = 20_000  # states that the search looks at before it gives up


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to reach the goal: add these observations (name=value for an attribute), give up those."""

    PLAIN = ("cost", "add", "remove")

    goal: str
    cost: int
    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule that did not fire; state: holds, missing, blocked (a `not` that fails)."""

    condition: str
    state: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule that could have given the fact, and what it still lacked."""

    fact: str
    rule: str
    conditions: tuple[Condition, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """A partial repair. prove, refute: atoms to be made true or false; done: those that were expanded."""

    added: frozenset[int] = frozenset()
    removed: frozenset[str] = frozenset()
    prove: tuple[int, ...] = ()
    refute: tuple[int, ...] = ()
    done: frozenset[int] = frozenset()


def repairs(base: RuleBase, evidence: Evidence, goal: str, most: int = 3) -> list[Repair]:
    """Up to `most` repairs, cheapest first; empty where there is none (or none within the effort).

    Raises NoAnswer where the goal already holds.
    """
    model = infer(base, evidence)
    atom = base.program.index[goal]
    if model.holds(atom):
        raise NoAnswer(f"{goal!r} does follow from these facts", "ask how it follows with how")
    found: list[Repair] = []
    for repair in _Search(base, evidence, model, goal).run(atom):
        if not any(_within(other, repair) for other in found):
            found.append(repair)
        if len(found) >= most:
            break
    return found


def _within(small: Repair, large: Repair) -> bool:
    return {*small.add} <= {*large.add} and {*small.remove} <= {*large.remove}


def apply(evidence: Evidence, repair: Repair) -> Evidence:
    """The evidence with a repair made."""
    facts = {fact: c for fact, c in evidence.facts.items() if fact not in repair.remove}
    values = {name: value for name, value in evidence.values.items() if name not in repair.remove}
    from lmcli.expert.terms import value_of

    for word in repair.add:
        name, sign, text = word.partition("=")
        if sign:
            values[name] = value_of(text)
        else:
            facts[word] = 1.0
    return replace(evidence, facts=facts, values=values)


class _Search:
    """The search for one goal."""

    def __init__(self, base: RuleBase, evidence: Evidence, model: Model, goal: str) -> None:
        self.base = base
        self.program = base.program
        self.evidence = evidence
        self.model = model
        self.goal = goal
        self.observable = {
            atom for atom in range(len(self.program.atoms))
            if self.program.is_leaf(atom) and atom not in self.program.negations
        } | {self.program.index[name] for name in base.questions if name in self.program.index}  # fmt: skip
        self.bound = self._bounds()

    def run(self, goal: int) -> Iterator[Repair]:
        """Repairs in order of cost, each tried."""
        if self.bound[goal] == inf:
            return
        ticket = count()
        start = _State(prove=(goal,))
        queue = [(self.estimate(start), 0, next(ticket), start)]
        seen: set[_State] = set()
        for _ in range(EFFORT):
            if not queue:
                return
            _, _, _, state = heappop(queue)
            if not state.prove and not state.refute:
                yield from self.tried(state)
                continue
            for successor in self.expand(state):
                estimate = self.estimate(successor)
                if estimate < inf and successor not in seen:
                    seen.add(successor)
                    rest = len(successor.prove) + len(successor.refute)
                    heappush(queue, (estimate, rest, next(ticket), successor))

    def estimate(self, state: _State) -> float:
        """A cost that no completion of the state undercuts."""
        known = (self.bound[a] for a in state.prove if a not in state.added and a not in state.done)
        return max(self.cost(state), max(known, default=0))

    def cost(self, state: _State) -> int:
        """How many facts and attributes the state touches."""
        return len({self.subject(atom) for atom in state.added} | state.removed)

    def subject(self, atom: int) -> str:
        condition = self.program.atoms[atom]
        return condition.attribute if isinstance(condition, Comparison) else str(condition)

    def expand(self, state: _State) -> Iterator[_State]:
        """Meet the first open condition in each possible way."""
        if state.prove:
            atom, rest = state.prove[0], replace(state, prove=state.prove[1:])
            yield from self.proving(atom, rest)
        else:
            atom, rest = state.refute[0], replace(state, refute=state.refute[1:])
            yield from self.refuting(atom, rest)

    def proving(self, atom: int, state: _State) -> Iterator[_State]:
        if atom in state.added or atom in state.done:
            yield state
            return
        if atom in self.program.negations:
            inner = self.program.negations[atom]
            yield replace(state, refute=(*state.refute, inner))
            return
        if self.model.holds(atom):
            yield state  # stays true unless something is given up, which the trial will show
            if not state.removed:
                return
        if atom in self.observable and not self.model.holds(atom):
            yield replace(state, added=state.added | {atom})
        for clause in self.program.concluding[atom]:
            if self.program.strength(clause) > 0:
                body = [a for a in self.program.bodies[clause] if a not in state.prove]
                yield replace(state, prove=(*state.prove, *body), done=state.done | {atom})

    def refuting(self, atom: int, state: _State) -> Iterator[_State]:
        """Make a true atom false: give it up where it is given, and break every rule that fires for it."""
        if atom in self.program.negations:
            yield replace(state, prove=(*state.prove, self.program.negations[atom]))
            return
        if not self.model.holds(atom):
            yield state
            return
        name = self.subject(atom)
        states = [state]
        if name in self.evidence.values or self.evidence.facts.get(name, 0) > 0:
            states = [replace(state, removed=state.removed | {name})]
        for clause in self.program.concluding[atom]:
            body = self.program.bodies[clause]
            if all(self.model.holds(part) for part in body):
                states = [
                    replace(s, refute=(*s.refute, part)) for s in states for part in body
                    if part not in s.done
                ]  # fmt: skip
        for choice in states:
            yield replace(choice, done=choice.done | {atom})

    def tried(self, state: _State) -> Iterator[Repair]:
        """The state as a repair, if the engine agrees that it gives the goal."""
        repair = self.repair(state)
        if repair is None:
            return
        model = infer(self.base, apply(self.evidence, repair))
        if model.holds(self.program.index[self.goal]):
            yield repair

    def repair(self, state: _State) -> Repair | None:
        """The words of a state; None where comparisons on one attribute contradict each other."""
        add: list[str] = []
        wanted: dict[str, list[Comparison]] = {}
        for atom in sorted(state.added):
            condition = self.program.atoms[atom]
            if isinstance(condition, Comparison):
                wanted.setdefault(condition.attribute, []).append(condition)
            else:
                add.append(str(condition))
        removed = set(state.removed)
        for attribute, comparisons in wanted.items():
            value = witness(comparisons)
            if value is None:
                return None
            add.append(f"{attribute}={plain_value(value)}")
            removed.discard(attribute)
        removed -= set(add)
        return Repair(self.goal, len(add) + len(removed), tuple(add), tuple(sorted(removed)))

    def _bounds(self) -> list[float]:
        """For each atom a cost that is surely not too high: a rule costs its dearest condition."""
        program = self.program
        bound = [inf] * len(program.atoms)
        queue: list[tuple[float, int]] = []

        def lower(atom: int, cost: float) -> None:
            if cost < bound[atom]:
                bound[atom] = cost
                heappush(queue, (cost, atom))

        for atom in range(len(program.atoms)):
            if self.model.holds(atom):
                lower(atom, 0)
            elif atom in self.observable or atom in program.negations:
                lower(atom, 1)
        missing = [len(body) for body in program.bodies]
        for clause, left in enumerate(missing):
            if not left:
                lower(program.heads[clause], 0)
        settled = [False] * len(program.atoms)
        while queue:
            cost, atom = heappop(queue)
            if settled[atom]:
                continue
            settled[atom] = True
            for clause in program.watch[atom]:
                missing[clause] -= 1
                if not missing[clause] and program.strength(clause) > 0:
                    lower(program.heads[clause], cost)
        return bound


def attempts(base: RuleBase, model: Model, goal: str, depth: int = 3) -> list[Attempt]:
    """The rules that could have given the goal, then those for their missing parts, down to `depth`."""
    found: list[Attempt] = []
    seen: set[int] = set()

    def visit(atom: int, level: int) -> None:
        if level > depth or atom in seen:
            return
        seen.add(atom)
        for clause in base.program.concluding[atom]:
            origin = base.program.origin[clause]
            body = base.program.bodies[clause]
            if origin != HELPER:
                states = tuple(_condition(base, model, part) for part in body)
                name = str(base.program.atoms[atom])
                found.append(Attempt(name, base.rule_name(origin), states, level))
            for part in body:
                if not model.holds(part) and part not in base.program.negations:
                    visit(part, level + (origin != HELPER))

    visit(base.program.index[goal], 0)
    return found


def _condition(base: RuleBase, model: Model, atom: int) -> Condition:
    state = "holds" if model.holds(atom) else "missing"
    if state == "missing" and atom in base.program.negations:
        state = "blocked"
    return Condition(str(base.program.atoms[atom]), state)
