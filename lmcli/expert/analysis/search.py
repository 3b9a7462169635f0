"""The cheapest changes to a case that make a fact follow: best-first search over the AND/OR graph of the rules.

A state holds what was changed and which atoms are still to be made true or false. What these will cost at least is the
dearest of them, computed as h-max (Bonet and Geffner, "Planning as heuristic search", 2001), which never overestimates,
so that answers come in order of cost (A*; Hart, Nilsson and Raphael 1968). A finished state is tried on the engine;
if a `not` fails in it because of what was added, the search goes on from that case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from math import inf

from lmcli.expert.chaining import infer
from lmcli.expert.model import Comparison, Evidence, RuleBase, Value, plain_value
from lmcli.expert.program import Program, program_of
from lmcli.expert.terms import witness

EFFORT = 20_000  # states that are looked at before the search gives up
_COMPLEMENT = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "!=": "="}


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed: atoms that are observed, comparisons that must fail, facts that are given up."""

    added: frozenset[int] = frozenset()
    avoided: frozenset[int] = frozenset()
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Solution:
    """A change in words, and the case that it makes."""

    words: tuple[tuple[str, ...], tuple[str, ...]]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class _State:
    """A partial answer. prove, refute: atoms still to be made true or false; done: those that were expanded."""

    change: Change
    prove: tuple[int, ...] = ()
    refute: tuple[int, ...] = ()
    done: frozenset[int] = frozenset()


class Search:
    """The search for one goal, an atom that does not hold."""

    def __init__(self, base: RuleBase, evidence: Evidence, goal: int) -> None:
        self.base = base
        self.program = program_of(base)
        self.evidence = evidence
        self.goal = goal
        named = (self.program.index[name] for name in base.questions if name in self.program.index)
        self.observable = {
            atom for atom in range(len(self.program.atoms))
            if self.program.is_leaf(atom) and atom not in self.program.negations
        }.union(named)  # fmt: skip

    def run(self) -> Iterator[Solution]:
        """Solutions in order of cost; none, or not all, where the effort is spent first."""
        ticket = count()
        queue: list[tuple[float, int, int, _Frame, _State]] = []
        seen: set[tuple[Change, _State]] = set()

        def push(frame: _Frame, state: _State) -> None:
            estimate = frame.estimate(state)
            if estimate < inf and (frame.change, state) not in seen:
                seen.add((frame.change, state))
                rest = len(state.prove) + len(state.refute)
                heappush(queue, (estimate, rest, next(ticket), frame, state))

        start = _Frame(self, Change(), self.evidence)
        push(start, _State(Change(), prove=(self.goal,)))
        frames: dict[Change, _Frame] = {Change(): start}
        for _ in range(EFFORT):
            if not queue:
                return
            _, _, _, frame, state = heappop(queue)
            if state.prove or state.refute:
                for successor in frame.expand(state):
                    push(frame, successor)
            elif (solution := self.solution(state.change)) and state.change not in frames:
                frame = frames[state.change] = _Frame(self, state.change, solution.evidence)
                if frame.model.holds(self.goal):
                    yield solution
                else:
                    push(frame, _State(state.change, prove=(self.goal,)))

    def greedy(self) -> Solution | None:
        """One solution, good but not proven cheapest: a derivation whose costs are least when simply added up."""
        frame = _Frame(self, Change(), self.evidence)
        program = self.program
        given = dict.fromkeys(self.observable, 1.0)
        given |= {atom: 0.0 for atom in range(len(program.atoms)) if frame.model.holds(atom)}
        cost, via = cheapest(program, given, sum)
        return self._tried(self._leaves(frame, via)) if cost[self.goal] < inf else None

    def _leaves(self, frame: _Frame, via: dict[int, int]) -> Change:
        """What a derivation assumes."""
        agenda, seen = [self.goal], {self.goal}
        for atom in agenda:  # grows while it is worked off
            parts = self.program.bodies[via[atom]] if atom in via else []
            fresh = [part for part in parts if part not in seen and not frame.model.holds(part)]
            seen.update(fresh)
            agenda += fresh
        return Change(added=frozenset(atom for atom in agenda if atom not in via))

    def _tried(self, change: Change) -> Solution | None:
        solution = self.solution(change)
        if solution and infer(self.base, solution.evidence).holds(self.goal):
            return solution
        return None

    def subject(self, atom: int) -> str:
        """The fact or attribute that an observation is about."""
        condition = self.program.atoms[atom]
        return condition.attribute if isinstance(condition, Comparison) else self.program.name(atom)

    def cost(self, change: Change) -> int:
        """How many facts and attributes a change touches."""
        return len({self.subject(atom) for atom in change.added | change.avoided} | change.removed)

    def solution(self, change: Change) -> Solution | None:
        """A change in words; None where what it asks of one attribute contradicts itself."""
        add: list[str] = []
        facts, values = dict(self.evidence.facts), dict(self.evidence.values)
        wanted: dict[str, list[Comparison]] = {}
        for atom in sorted(change.added):
            condition = self.program.atoms[atom]
            if isinstance(condition, Comparison):
                wanted.setdefault(condition.attribute, []).append(condition)
            else:
                name = self.program.name(atom)
                facts[name] = 1.0
                add.append(name)
        removed = set(change.removed)
        for atom in change.avoided:
            condition = self.program.atoms[atom]
            if isinstance(condition, Comparison):
                contrary = replace(condition, op=_COMPLEMENT[condition.op])
                if condition.attribute in wanted:
                    wanted[condition.attribute].append(contrary)
                else:
                    removed.add(condition.attribute)
        for attribute, comparisons in wanted.items():
            value: Value | None = witness(comparisons)
            if value is None:
                return None
            values[attribute] = value
            add.append(f"{attribute}={plain_value(value)}")
        for name in removed:
            facts.pop(name, None)
            values.pop(name, None)
        words = tuple(add), tuple(sorted(removed))
        return Solution(words, replace(self.evidence, facts=facts, values=values))


class _Frame:
    """The rules as seen from one case: what holds in it, and what each atom costs at least."""

    def __init__(self, search: Search, change: Change, evidence: Evidence) -> None:
        self.search = search
        self.change = change
        self.program = search.program
        self.evidence = evidence
        self.model = infer(search.base, evidence)
        self.bound = self._bounds()

    def estimate(self, state: _State) -> float:
        """A cost that no completion of the state undercuts."""
        done, added = state.done, state.change.added
        rest = (self.bound[atom] for atom in state.prove if atom not in done and atom not in added)
        return max(self.search.cost(state.change), max(rest, default=0))

    def expand(self, state: _State) -> Iterator[_State]:
        """Meet the first open atom in each possible way."""
        if state.refute:
            atom, rest = state.refute[0], replace(state, refute=state.refute[1:])
            yield from self._refute(atom, rest)
        else:
            atom, rest = state.prove[0], replace(state, prove=state.prove[1:])
            yield from self._prove(atom, rest)

    def _prove(self, atom: int, state: _State) -> Iterator[_State]:
        change, program = state.change, self.program
        if atom in change.added or atom in state.done:
            yield state
        elif atom in program.negations:
            yield replace(state, refute=(*state.refute, program.negations[atom]))
        elif self.model.holds(atom):
            yield state  # what is given up may take it away again: the trial will show
        else:
            if atom in self.search.observable and self.search.subject(atom) not in change.removed:
                yield replace(state, change=replace(change, added=change.added | {atom}))
            for clause in program.concluding[atom]:
                if program.strength(clause) > 0:
                    body = [part for part in program.bodies[clause] if part not in state.prove]
                    yield replace(state, prove=(*state.prove, *body), done=state.done | {atom})

    def _refute(self, atom: int, state: _State) -> Iterator[_State]:
        """Give a true atom up where it is given, and break every rule that fires for it."""
        change, program = state.change, self.program
        if atom in program.negations:
            yield replace(state, prove=(*state.prove, program.negations[atom]))
            return
        if not self.model.holds(atom) or atom in state.done:
            yield state
            return
        if atom in change.added:
            return
        name = self.search.subject(atom)
        if isinstance(program.atoms[atom], Comparison):
            change = replace(change, avoided=change.avoided | {atom})
        elif self.evidence.facts.get(name, 0) > 0:
            change = replace(change, removed=change.removed | {name})
        states = [replace(state, change=change, done=state.done | {atom})]
        for clause in program.concluding[atom]:
            body = program.bodies[clause]
            if all(self.model.holds(part) for part in body):
                states = [replace(s, refute=(*s.refute, part)) for s in states for part in body]
        yield from states

    def _bounds(self) -> list[float]:
        """For each atom a cost that is surely not too high: a rule costs its dearest condition."""
        given = dict.fromkeys((*self.search.observable, *self.program.negations), 1.0)
        given |= {atom: 0.0 for atom in range(len(self.program.atoms)) if self.model.holds(atom)}
        given |= {self.program.heads[clause]: 0.0 for clause in self.program.axioms}
        return cheapest(self.program, given, max)[0]


def cheapest(
    program: Program, given: Mapping[int, float], joint: Callable[[Iterable[float]], float]
) -> tuple[list[float], dict[int, int]]:
    """For each atom its least cost, from those that are given, and the clause that it comes by (Knuth 1977).

    joint: what a clause costs, from the costs of its conditions (`sum` or `max`).
    """
    cost = [inf] * len(program.atoms)
    via: dict[int, int] = {}
    queue: list[tuple[float, int]] = []
    for atom, least in given.items():
        cost[atom] = least
        heappush(queue, (least, atom))
    missing = program.lengths.copy()
    settled = bytearray(len(program.atoms))
    while queue:
        _, atom = heappop(queue)
        if settled[atom]:
            continue
        settled[atom] = 1
        for clause in program.watch[atom]:
            missing[clause] -= 1
            head = program.heads[clause]
            if missing[clause] or program.strength(clause) <= 0:
                continue
            total = joint(cost[part] for part in program.bodies[clause])
            if total < cost[head]:
                cost[head], via[head] = total, clause
                heappush(queue, (total, head))
    return cost, via
