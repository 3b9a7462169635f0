"""A rule base as integers: what the inference runs on.

Every distinct condition is an atom. A rule becomes one clause per conclusion, `head <- body`; `All` and `Any` become
atoms with clauses of their own, so that the program grows linearly with the base; `Not` becomes a literal that the
inference makes true once the atom it denies can no longer be derived.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain

from lmcli.expert import strata
from lmcli.expert.model import All, Any, Comparison, Condition, Evidence, Not, RuleBase, Value
from lmcli.expert.wording import condition_text
from lmcli.frame.errors import BadInput

HELPER = -1
"""The origin of a clause that stands for a part of a condition, not for a rule."""


class Program:
    """The compiled rules of a base; see `program_of`.

    atoms: number -> condition. index: condition -> number. watch: for each atom the clauses that wait for it, once for
    each occurrence. heads, lengths, origin: one entry a clause; lengths counts the body's conditions, origin is the
    rule's place in the base, or HELPER. negations: literal -> the atom that it denies. comparisons: attribute -> atoms.
    """

    def __init__(self, base: RuleBase) -> None:
        self.base = base
        self.atoms: list[Condition] = []
        self.index: dict[Condition, int] = {}
        self.watch: list[list[int]] = []
        self.heads: list[int] = []
        self.lengths: list[int] = []
        self.origin: list[int] = []
        self.negations: dict[int, int] = {}
        self.comparisons: dict[str, list[int]] = {}
        self._helpers: list[list[int]] = []

        with _collector_paused():
            self._take_rules()
            for fact in (*base.goals, *base.questions, *chain.from_iterable(base.exclusive)):
                self._atom(fact)
            for atom, condition in enumerate(self.atoms):  # grows while it is worked off
                if not isinstance(condition, str):
                    self._take_apart(atom, condition)

    def _take_rules(self) -> None:
        """Number the rules' conditions and conclusions, and note who waits for what."""
        rules = self.base.rules
        waiting: defaultdict[Condition, list[int]] = defaultdict(list)
        if all(len(rule.then) == 1 for rule in rules):  # as in most bases: a clause a rule
            for clause, rule in enumerate(rules):
                for condition in rule.when:
                    waiting[condition].append(clause)
            heads = [rule.then[0] for rule in rules]
            self.lengths = [len(rule.when) for rule in rules]
            self.origin = list(range(len(rules)))
        else:
            heads = []
            for number, rule in enumerate(rules):
                for fact in rule.then:
                    for condition in rule.when:
                        waiting[condition].append(len(heads))
                    heads.append(fact)
                    self.lengths.append(len(rule.when))
                    self.origin.append(number)
        for fact in heads:
            _ = waiting[fact]  # the lookup gives it a place
        self.atoms = list(waiting)
        self.watch = list(waiting.values())
        self.index = dict(zip(self.atoms, range(len(self.atoms)), strict=True))
        self.heads = [self.index[fact] for fact in heads]

    def _atom(self, condition: Condition) -> int:
        """A condition's number; a new one where it has none yet."""
        atom = self.index.get(condition)
        if atom is None:
            atom = self.index[condition] = len(self.atoms)
            self.atoms.append(condition)
            self.watch.append([])
        return atom

    def _take_apart(self, atom: int, condition: Condition) -> None:
        """Give a structured condition its clauses; its parts become atoms."""
        if isinstance(condition, Not):
            self.negations[atom] = self._atom(condition.item)
        elif isinstance(condition, Comparison):
            self.comparisons.setdefault(condition.attribute, []).append(atom)
        elif isinstance(condition, All):
            self._helper(atom, [self._atom(item) for item in condition.items])
        elif isinstance(condition, Any):
            for item in condition.items:
                self._helper(atom, [self._atom(item)])

    def _helper(self, head: int, body: list[int]) -> None:
        for part in body:
            self.watch[part].append(len(self.heads))
        self.heads.append(head)
        self.lengths.append(len(body))
        self.origin.append(HELPER)
        self._helpers.append(body)

    @cached_property
    def bodies(self) -> list[list[int]]:
        """For each clause its conditions; forward chaining does without them."""
        index, rules = self.index, self.base.rules
        known = (rules[number].when for number in self.origin if number != HELPER)
        return [[index[condition] for condition in when] for when in known] + self._helpers

    @cached_property
    def axioms(self) -> list[int]:
        """The clauses without conditions."""
        return [clause for clause, length in enumerate(self.lengths) if not length]

    @cached_property
    def concluding(self) -> list[list[int]]:
        """For each atom the clauses that conclude it."""
        clauses: list[list[int]] = [[] for _ in self.atoms]
        for clause, head in enumerate(self.heads):
            clauses[head].append(clause)
        return clauses

    @cached_property
    def dependencies(self) -> list[list[int]]:
        """For each atom the atoms that it is derived from."""
        bodies = self.bodies
        found = [[p for clause in clauses for p in bodies[clause]] for clauses in self.concluding]
        for literal, atom in self.negations.items():
            found[literal] = [atom]
        return found

    @cached_property
    def strata(self) -> list[list[tuple[int, int]]]:
        """The negation literals by stratum, as (literal, denied atom); raises BadInput with the cycle."""
        if not self.negations:
            return []
        try:
            return strata.stratify(self.dependencies, self.negations)
        except strata.Circular as circle:
            names = " <- ".join(self._names(circle.cycle))
            raise BadInput(
                f"{self._where(circle.cycle[0])}the base is not stratified: {names}",
                "break the cycle: a fact must not depend on its own absence",
            ) from None

    @cached_property
    def order(self) -> list[int]:
        """All atoms, each after those it depends on; raises BadInput with the cycle where there is none."""
        for cycle in self.cycles():
            names = " <- ".join(cycle)
            raise BadInput(
                f"{self._where(self.index[cycle[0]])}certainties cannot be combined around a cycle: {names}",
                "break the cycle, or leave certainties out of this base",
            )
        return strata.topological(self.dependencies)

    def cycles(self) -> list[list[str]]:
        """One cycle of each group of facts that follow from each other, as names."""
        facts = [isinstance(condition, str) for condition in self.atoms]
        return [self._names(cycle) for cycle in strata.cycles(self.dependencies, facts)]

    def _names(self, cycle: list[int]) -> list[str]:
        """The facts and denials of a cycle in words, without parts of conditions."""
        return [self.name(atom) for atom in cycle if isinstance(self.atoms[atom], (str, Not))]

    def _where(self, atom: int) -> str:
        """The place of a rule that uses or concludes an atom, as a prefix of a message."""
        base = self.base
        for clause in (*self.watch[atom], *self.concluding[atom]):
            origin = self.origin[clause]
            if origin >= 0 and base.rules[origin].line:
                return f"{base.path or base.name}:{base.rules[origin].line}: "
        return f"{base.path}: " if base.path else ""

    def name(self, atom: int) -> str:
        """An atom in words."""
        return condition_text(self.atoms[atom], self.base.language)

    def is_fact(self, atom: int) -> bool:
        """True for a fact of the base, false for a comparison or a part of a condition."""
        return isinstance(self.atoms[atom], str)

    def is_leaf(self, atom: int) -> bool:
        """True for a fact or comparison that no rule concludes: it can only be observed."""
        return isinstance(self.atoms[atom], (str, Comparison)) and not self.concluding[atom]

    def strength(self, clause: int) -> float:
        """The certainty of the clause's rule; 1 for a part of a condition."""
        origin = self.origin[clause]
        return 1.0 if origin == HELPER else self.base.rules[origin].certainty

    def rule_name(self, clause: int) -> str:
        """The name of the clause's rule, empty for a part of a condition."""
        origin = self.origin[clause]
        return "" if origin == HELPER else self.base.rule_name(origin)

    def comparisons_that(self, truth: bool, attribute: str, value: Value) -> list[int]:
        """The comparisons of an attribute that are surely true, or false, of a value; a range leaves some open."""
        return [
            atom
            for atom in self.comparisons.get(attribute, ())
            if isinstance(condition := self.atoms[atom], Comparison)
            and condition.decided(value) is truth
        ]

    def told(self, truth: bool, evidence: Evidence) -> list[int]:
        """The atoms that the evidence makes true, or false: facts answered with yes or no, comparisons."""
        sign = 1 if truth else -1
        told = (fact for fact, certainty in evidence.facts.items() if certainty * sign > 0)
        found = [self.index[fact] for fact in told if fact in self.index]
        for attribute, value in evidence.values.items():
            found += self.comparisons_that(truth, attribute, value)
        return found

    def rules_for(self, goal: str) -> list[int]:
        """The rules that a goal can be derived through, in the order of the base."""
        agenda = [self.index[goal]]
        seen = set(agenda)
        rules: set[int] = set()
        for atom in agenda:  # grows while it is worked off
            rules.update(self.origin[clause] for clause in self.concluding[atom])
            for part in self.dependencies[atom]:
                if part not in seen:
                    seen.add(part)
                    agenda.append(part)
        return sorted(rules - {HELPER})

    def goals(self) -> list[int]:
        """The base's goals, or, where it names none, the conclusions that no rule builds on."""
        if self.base.goals:
            return [self.index[fact] for fact in self.base.goals]
        return [
            atom for atom, waiting in enumerate(self.watch)
            if not waiting and self.concluding[atom] and self.is_fact(atom)
        ]  # fmt: skip


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector from walking a hundred thousand young lists again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def program_of(base: RuleBase) -> Program:
    """The base's rules as integers, compiled once, in time linear in their size."""
    if not isinstance(base.compiled, Program):
        base.compiled = Program(base)
    return base.compiled
