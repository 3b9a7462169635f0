"""Certainty factors as in MYCIN (Shortliffe and Buchanan, "A model of inexact reasoning in medicine", 1975).

A premise is as certain as its weakest part (`any`: its strongest), and counts only above .2; the conclusion gets the
premise's certainty times the rule's. Several rules for one fact are combined: two in favour x + y (1 - x), two against
x + y (1 + x), for and against (x + y) / (1 - min(|x|, |y|)). A definite answer of the user (1 or -1) stands against all
rules. `not x` is fully certain where x is not believed (at most .2), else it fails. One pass in topological order.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmcli.expert.model import BELIEVED, Evidence
from lmcli.expert.program import HELPER, Program

CERTAIN = 1.0 - 1e-12


class Uncertain:
    """The conclusions of a base with certainties."""

    def __init__(self, program: Program, evidence: Evidence) -> None:
        self.program = program
        self.evidence = evidence
        self._order: list[int] = []
        self._certainty = [0.0] * len(program.atoms)
        self._supports: list[tuple[int, ...]] = [()] * len(program.atoms)

    @property
    def order(self) -> list[int]:
        """The facts that rules spoke of, in the order of evaluation."""
        return self._order

    def holds(self, atom: int) -> bool:
        """Whether the atom is believed: above .2."""
        return self._certainty[atom] > BELIEVED

    def certainty(self, atom: int) -> float:
        """From -1 to 1."""
        return self._certainty[atom]

    def supports(self, atom: int) -> Sequence[int]:
        """The clauses that spoke for or against the atom, in the order of the base."""
        return self._supports[atom]

    def premise(self, clause: int) -> float:
        """The certainty of a clause's weakest condition, 0 unless every one is believed."""
        weakest = min((self._certainty[atom] for atom in self.program.bodies[clause]), default=1.0)
        return weakest if weakest > BELIEVED else 0.0

    def contribution(self, clause: int) -> float:
        """What a clause says of its conclusion: premise times rule."""
        return self.premise(clause) * self.program.strength(clause)

    def settle(self, atom: int, given: float) -> None:
        """Compute one atom; all that it depends on must be settled."""
        program = self.program
        if atom in program.negations:
            self._certainty[atom] = float(not self.holds(program.negations[atom]))
            return
        firing = [clause for clause in program.concluding[atom] if self.premise(clause)]
        if abs(given) >= CERTAIN or not firing:
            self._certainty[atom] = given
            return
        values = [self.contribution(clause) for clause in firing]
        self._supports[atom] = tuple(firing)
        if program.origin[firing[0]] == HELPER:
            self._certainty[atom] = max(values)
            return
        total = given
        for value in values:
            total = combined(total, value)
        self._certainty[atom] = total
        self._order.append(atom)


def combine(program: Program, evidence: Evidence) -> Uncertain:
    """Settle every atom once. Raises BadInput, with the cycle, where rules go round in a circle."""
    model = Uncertain(program, evidence)
    given = dict.fromkeys(program.told(True, evidence), 1.0)
    for fact, certainty in evidence.facts.items():
        if fact in program.index:
            given[program.index[fact]] = certainty
    for atom in program.order:
        model.settle(atom, given.get(atom, 0.0))
    return model


def combined(x: float, y: float) -> float:
    """Two certainties for one fact as one; associative, and the order does not matter."""
    if abs(x) >= CERTAIN or abs(y) >= CERTAIN:
        if x * y < 0 and abs(abs(x) - abs(y)) < 1 - CERTAIN:
            return 0.0  # certain both ways: nothing is known
        return x if abs(x) >= abs(y) else y
    if x >= 0 and y >= 0:
        return x + y * (1 - x)
    if x <= 0 and y <= 0:
        return x + y * (1 + x)
    return (x + y) / (1 - min(abs(x), abs(y)))
