"""Backward chaining: which questions can still matter for a goal.

Two runs in step bound what can be concluded: the lower takes what is not answered as false, the upper as true;
`not x` counts in the upper while x is not in the lower, and the other way round. A goal is open while the bounds
differ. From an open goal the search goes back through rules whose every condition is still possible, to facts that can
be asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from lmcli.expert.chaining import Chain, Model, infer
from lmcli.expert.model import Comparison, Evidence, RuleBase
from lmcli.expert.program import Program, program_of


class Outlook:
    """What is certain, possible and askable, given the evidence so far."""

    def __init__(self, base: RuleBase, evidence: Evidence) -> None:
        self.base = base
        self.program: Program = program_of(base)
        self.evidence = evidence
        self.model: Model = infer(base, evidence)
        self.unanswered = self._unanswered()
        if base.uncertain:
            self.upper = self._upper_with_certainties()
        else:
            self.lower, self.upper = self._bounds()

    def possible(self, atom: int) -> bool:
        """Whether the atom holds or may still come to hold."""
        return self.upper.known[atom] == 1 or self.model.holds(atom)

    def open(self, atom: int) -> bool:
        """Whether more answers can change the atom (with certainties: its certainty)."""
        if self.base.uncertain:
            return self.upper.known[atom] == 1 and abs(self.model.certainty(atom)) < 1
        return self.upper.known[atom] == 1 and self.lower.known[atom] != 1

    def settled(self, atom: int) -> bool:
        """Whether the atom holds and no further answer takes it back (with certainties: whether it holds)."""
        return self.model.holds(atom) and (self.base.uncertain or not self.open(atom))

    def questions(self, goals: Iterable[int]) -> list[str]:
        """The facts and attributes whose answer can still matter for a goal, nearest first."""
        found: dict[str, None] = {}
        for atom in self.reach(goals):
            if atom in self.unanswered:
                found[self.subject(atom)] = None
        return list(found)

    def reach(self, goals: Iterable[int]) -> list[int]:
        """The open atoms that a goal can still be derived through, breadth first."""
        program = self.program
        agenda = [goal for goal in goals if self.open(goal)]
        seen = set(agenda)
        for atom in agenda:  # grows while it is worked off
            for part in self.parts(atom):
                if part in program.negations:
                    inner = program.negations[part]
                    fresh = inner if self.may_change(inner) else None
                else:
                    fresh = part if self.open(part) else None
                if fresh is not None and fresh not in seen:
                    seen.add(fresh)
                    agenda.append(fresh)
        return agenda

    def may_change(self, atom: int) -> bool:
        """Whether an atom under a `not` is still undecided; also one that is itself a `not` or a part."""
        if atom in self.program.negations:
            return self.may_change(self.program.negations[atom])
        return self.open(atom)

    def parts(self, atom: int) -> Iterable[int]:
        """The conditions of all rules for an atom that can still fire."""
        if atom in self.program.negations:
            yield atom
            return
        for clause in self.program.concluding[atom]:
            body = self.program.bodies[clause]
            if all(self.possible(part) for part in body):
                yield from body

    def subject(self, atom: int) -> str:
        """What is asked to learn an atom: a fact, or the attribute of a comparison."""
        condition = self.program.atoms[atom]
        return condition.attribute if isinstance(condition, Comparison) else self.program.name(atom)

    def _unanswered(self) -> set[int]:
        """Atoms that can be observed and have not been: leaves, and facts with a question of their own."""
        program, evidence = self.program, self.evidence
        askable = [atom for atom in range(len(program.atoms)) if program.is_leaf(atom)]
        askable += [program.index[name] for name in self.base.questions if name in program.index]
        answered = {*evidence.facts, *evidence.unknown}
        decided = {
            atom
            for name, value in evidence.values.items()
            for atom in (
                *program.comparisons_that(True, name, value),
                *program.comparisons_that(False, name, value),
            )
        }
        return {
            atom for atom in askable
            if atom not in program.negations and atom not in decided
            and self.subject(atom) not in answered
        }  # fmt: skip

    def _blocked(self) -> list[int]:
        """What is denied, or excluded by an exclusive fact that holds."""
        blocked = self.program.told(False, self.evidence)
        for group in self.base.exclusive:
            atoms = [self.program.index[fact] for fact in group]
            if any(self.model.holds(atom) for atom in atoms):
                blocked += atoms
        return [atom for atom in blocked if not self.model.holds(atom)]

    def _bounds(self) -> tuple[Chain, Chain]:
        program = self.program
        given = program.told(True, self.evidence)
        lower, upper = Chain(program), Chain(program, self._blocked())
        lower.start(given)
        upper.start([*given, *self.unanswered])
        for level in program.strata:
            below, above = lower.known, upper.known
            sure = [literal for literal, atom in level if above[atom] != 1 and below[atom] != 1]
            maybe = [literal for literal, atom in level if below[atom] != 1]
            lower.add(sure)
            upper.add(maybe)
        return lower, upper

    def _upper_with_certainties(self) -> Chain:
        """What may yet be believed: every `not` may hold unless it is sure that it does not."""
        upper = Chain(self.program, self._blocked())
        sure = {
            literal for literal, atom in self.program.negations.items()
            if self.model.certainty(atom) >= 1
        }  # fmt: skip
        maybe = [literal for literal in self.program.negations if literal not in sure]
        upper.start([*self.program.told(True, self.evidence), *self.unanswered, *maybe])
        return upper
