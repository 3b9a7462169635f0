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
from itertools import count

from lmcli.expert.model import All, Any, Comparison, Condition, Not, RuleBase, Value
from lmcli.expert.wording import condition_text

HELPER = -1
"""The origin of a clause that stands for a part of a condition, not for a rule."""


class Program:
    """The compiled rules of a base; see `compile`.

    atoms: number -> condition. index: condition -> number. bodies, heads, origin: one entry a clause; origin is the
    rule's place in the base, or HELPER. watch: for each atom the clauses that wait for it, once for each occurrence.
    negations: literal -> the atom that it denies. comparisons: attribute -> atoms.
    """

    def __init__(self, base: RuleBase) -> None:
        self.base = base
        self.atoms: list[Condition] = []
        self.watch: list[list[int]] = []
        self.index: dict[Condition, int] = defaultdict(count().__next__)
        self.bodies: list[list[int]] = []
        self.heads: list[int] = []
        self.origin: list[int] = []
        self.negations: dict[int, int] = {}
        self.comparisons: dict[str, list[int]] = {}

    @classmethod
    def compile(cls, base: RuleBase) -> Program:
        """Compile a base in time linear in its size."""
        program = cls(base)
        with _collector_paused():
            program._number(base)
            for fact in (*base.goals, *base.questions):
                program._mention(fact)
            for group in base.exclusive:
                for fact in group:
                    program._mention(fact)
            program._expand()
            program.index = dict(program.index)
            for clause, body in enumerate(program.bodies):
                for atom in body:
                    program.watch[atom].append(clause)
        return program

    def _number(self, base: RuleBase) -> None:
        """Give the rules' own conditions and conclusions their numbers."""
        index = self.index
        if all(len(rule.then) == 1 for rule in base.rules):  # as in most bases: quick passes
            self.bodies = [[index[condition] for condition in rule.when] for rule in base.rules]
            self.heads = [index[rule.then[0]] for rule in base.rules]
            self.origin = list(range(len(base.rules)))
            return
        self.origin = [number for number, rule in enumerate(base.rules) for _ in rule.then]
        for rule in base.rules:
            body = [index[condition] for condition in rule.when]
            self.bodies += [body] * len(rule.then)
            self.heads += [index[fact] for fact in rule.then]

    def _mention(self, fact: str) -> None:
        _ = self.index[fact]  # the lookup gives it a number

    def _expand(self) -> None:
        """Give every structured condition its clauses; new conditions may come up on the way."""
        index = self.index
        while len(self.atoms) < len(index):
            for condition in list(index)[len(self.atoms) :]:
                atom = len(self.atoms)
                self.atoms.append(condition)
                if isinstance(condition, str):
                    continue
                if isinstance(condition, Not):
                    self.negations[atom] = index[condition.item]
                elif isinstance(condition, Comparison):
                    self.comparisons.setdefault(condition.attribute, []).append(atom)
                elif isinstance(condition, All):
                    self._helper(atom, [index[item] for item in condition.items])
                elif isinstance(condition, Any):
                    for item in condition.items:
                        self._helper(atom, [index[item]])
        self.watch = [[] for _ in self.atoms]

    def _helper(self, head: int, body: list[int]) -> None:
        self.heads.append(head)
        self.bodies.append(body)
        self.origin.append(HELPER)

    @cached_property
    def concluding(self) -> list[list[int]]:
        """For each atom the clauses that conclude it."""
        clauses: list[list[int]] = [[] for _ in self.atoms]
        for clause, head in enumerate(self.heads):
            clauses[head].append(clause)
        return clauses

    @cached_property
    def strata(self) -> list[list[tuple[int, int]]]:
        """The negation literals by stratum, as (literal, denied atom); raises BadInput with the cycle."""
        if not self.negations:
            return []
        from lmcli.expert.strata import stratify

        return stratify(self)

    @cached_property
    def order(self) -> list[int]:
        """All atoms, each after those it depends on; raises BadInput with the cycle where there is none."""
        from lmcli.expert.strata import topological

        return topological(self)

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

    def true_comparisons(self, attribute: str, value: Value) -> list[int]:
        """The comparisons of an attribute that hold of a value."""
        return [
            atom
            for atom in self.comparisons.get(attribute, ())
            if isinstance(condition := self.atoms[atom], Comparison) and condition.holds(value)
        ]

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
