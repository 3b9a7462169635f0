"""Forward chaining: what follows from the evidence, with the rule that gave each fact first.

Each clause counts the conditions that it still waits for; a fact that becomes known lowers the counters of the clauses
that watch it, and a clause at zero fires. Time is linear in the size of the rules, in whatever order they stand
(Dowling and Gallier, "Linear-time algorithms for testing the satisfiability of propositional Horn formulae", 1984).

Conflict order: facts are worked off first in, first out, evidence in the order given; of the rules that one fact
completes, the one that stands earlier in the base fires first. The order decides which rule a fact is credited to and
how the trace reads, never what is concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lmcli.expert.certainty import combine
from lmcli.expert.model import Evidence, RuleBase
from lmcli.expert.program import Program, program_of

NONE = -1
"""Instead of a clause: not derived."""


class Model(Protocol):
    """What is concluded of one case."""

    program: Program
    evidence: Evidence

    @property
    def order(self) -> list[int]:
        """The atoms that rules derived, in the order of derivation."""

    def holds(self, atom: int) -> bool:
        """Whether the atom is concluded or given."""

    def certainty(self, atom: int) -> float:
        """From -1, surely not, to 1, surely; without certainties 1 or 0."""

    def supports(self, atom: int) -> Sequence[int]:
        """The clauses that support the atom, in the order in which they fired."""


def weakest(model: Model, clause: int) -> float:
    """The certainty of a clause's least certain condition."""
    body = model.program.bodies[clause]
    return min((model.certainty(atom) for atom in body), default=1.0)


class Chain:
    """The counters of one run. `known` is 1 for a known atom, 2 for one that must not be derived."""

    def __init__(self, program: Program, blocked: Iterable[int] = ()) -> None:
        self.program = program
        self.missing = program.lengths.copy()
        self.known = bytearray(len(program.atoms))
        self.why = [NONE] * len(program.atoms)
        self.order: list[int] = []
        for atom in blocked:
            self.known[atom] = 2

    def start(self, given: Iterable[int]) -> None:
        """Fire on the evidence, then the rules without conditions."""
        fresh = []
        for atom in given:
            if not self.known[atom]:
                self.known[atom] = 1
                fresh.append(atom)
        for clause in self.program.axioms:
            if not self.known[head := self.program.heads[clause]]:
                self.known[head] = 1
                self.why[head] = clause
                self.order.append(head)
                fresh.append(head)
        self._propagate(fresh)

    def add(self, atoms: Iterable[int]) -> None:
        """Make more atoms known and fire on them."""
        fresh = [atom for atom in atoms if not self.known[atom]]
        for atom in fresh:
            self.known[atom] = 1
        self._propagate(fresh)

    def _propagate(self, agenda: list[int]) -> None:
        missing, known, why = self.missing, self.known, self.why
        watch, heads, order = self.program.watch, self.program.heads, self.order
        for atom in agenda:  # grows while it is worked off
            for clause in watch[atom]:
                left = missing[clause] - 1
                missing[clause] = left
                if not left and not known[head := heads[clause]]:
                    known[head] = 1
                    why[head] = clause
                    order.append(head)
                    agenda.append(head)


@dataclass(eq=False)
class Certain:
    """The conclusions of a base without certainties."""

    program: Program
    evidence: Evidence
    chain: Chain

    @property
    def order(self) -> list[int]:
        """The atoms that rules derived, in order."""
        return self.chain.order

    def holds(self, atom: int) -> bool:
        """Whether the atom is concluded or given."""
        return self.chain.known[atom] == 1

    def certainty(self, atom: int) -> float:
        """1 or 0."""
        return float(self.chain.known[atom] == 1)

    def supports(self, atom: int) -> Sequence[int]:
        """The clause that gave the atom first."""
        clause = self.chain.why[atom]
        return () if clause == NONE else (clause,)


def infer(base: RuleBase, evidence: Evidence) -> Model:
    """Conclude all that follows from the evidence.

    Raises BadInput, with the cycle, where the base is not stratified or, with certainties, not acyclic.
    """
    program = program_of(base)
    if base.uncertain:
        return combine(program, evidence)
    chain = Chain(program)
    chain.start(program.told(True, evidence))
    for level in program.strata:
        known = chain.known
        chain.add([literal for literal, atom in level if known[atom] != 1])
    return Certain(program, evidence, chain)
