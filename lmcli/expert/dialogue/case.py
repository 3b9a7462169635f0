"""One case in work: the evidence so far, the evidence before each step, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lmcli.expert import explain
from lmcli.expert.backward import Outlook
from lmcli.expert.dialogue.gain import Question, rank
from lmcli.expert.model import Evidence, Range, RuleBase, Value
from lmcli.expert.program import program_of

STRONG = 0.7
"""With certainties, a goal at least this certain ends the questions (until `more`)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a step changed: facts that were derived, that no longer are, that are derived and were denied."""

    fresh: list[str]
    gone: list[str]
    denied: list[str]


class Case:
    """Evidence that grows, can be taken back, and is always followed to its end."""

    def __init__(self, base: RuleBase) -> None:
        self.base = base
        self.evidence = Evidence()
        self.past: list[Evidence] = []
        self.outlook = Outlook(base, self.evidence)

    def become(self, evidence: Evidence, remember: bool = True) -> Change:
        """Change the evidence."""
        before = self.derived()
        if remember:
            self.past.append(self.evidence)
        self.evidence = evidence
        self.outlook = Outlook(self.base, evidence)
        after = self.derived()
        goals = {program_of(self.base).name(goal) for goal in program_of(self.base).goals()}
        return Change(
            [fact for fact in after if fact not in before and fact not in goals],
            [fact for fact in before if fact not in after],
            [fact for fact in after if evidence.facts.get(fact, 0) < 0],
        )

    def with_(self, facts: Mapping[str, float], values: Mapping[str, Value]) -> Evidence:
        """The evidence with more; a new answer replaces an old one, an opposite bound joins it."""
        joined = {name: self._joined(name, value) for name, value in values.items()}
        return Evidence(
            {**{f: c for f, c in self.evidence.facts.items() if f not in facts}, **facts},
            {**self.evidence.values, **joined},
            self.evidence.unknown - {*facts, *values},
        )

    def without(self, subject: str) -> Evidence:
        """The evidence without one answer."""
        return Evidence(
            {fact: c for fact, c in self.evidence.facts.items() if fact != subject},
            {fact: v for fact, v in self.evidence.values.items() if fact != subject},
            self.evidence.unknown - {subject},
        )

    def unknown(self, subject: str) -> Evidence:
        """The evidence with a question that cannot be answered."""
        return replace(self.evidence, unknown=self.evidence.unknown | {subject})

    def answered(self, subject: str) -> bool:
        """Whether a fact or attribute needs no question any more."""
        known = subject in self.evidence.facts or subject in self.evidence.unknown
        value = self.evidence.values.get(subject)
        return known or (value is not None and not isinstance(value, Range))

    def derived(self) -> list[str]:
        """What rules derived, once and for all."""
        program = program_of(self.base)
        atoms = (atom for atom in self.outlook.model.order if self.outlook.settled(atom))
        return [program.name(atom) for atom in atoms if program.is_fact(atom)]

    def concluded(self) -> list[tuple[str, float]]:
        """The goals that are settled, the most certain first."""
        return explain.concluded(self.outlook)

    def enough(self, goal: str, certainty: float) -> bool:
        """Whether a leading conclusion can be stated: it is strong, or no question bears on it any more."""
        if not self.base.uncertain or certainty >= STRONG:
            return True
        return not self.outlook.questions([program_of(self.base).index[goal]])

    def questions(self, focus: str | None) -> list[Question]:
        """The questions that can still matter, the most useful first; those of the goal `focus` before others."""
        atom = None if focus is None else program_of(self.base).index[focus]
        return rank(self.base, self.evidence, self.outlook, atom)

    def _joined(self, name: str, value: Value) -> Value:
        """A bound from the other side narrows the one that is known."""
        before = self.evidence.values.get(name)
        if isinstance(before, Range) and isinstance(value, Range):
            one, other = before.bounds(), value.bounds()
            if len(one) == len(other) == 1 and one[0][0][0] != other[0][0][0]:
                return before.both(value) or value
        return value
