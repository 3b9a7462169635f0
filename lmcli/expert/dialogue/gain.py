"""The most useful question: the one whose answer is expected to say most about which goal it is.

For each goal that is still possible, an answer's probability comes from how much the goal's rules need it. Several
rules for one fact do not exclude each other, and authors write the usual one first: the i-th is taken to apply with
.8^i (the only one with 1). P(yes | goal) = b + (1 - b) * need, where b, what is expected of a goal that does not speak
of the fact, is half the mean need over all goals.
Goals are weighted by their priors and by the answers so far (naive Bayes). The gain of a question is the entropy of the
goals before, less the expected entropy after (Quinlan's ID3 asks in the same way, "Induction of decision trees", 1986).
Once one goal is more likely than all others together, its own conditions are asked first, the most needed before the
others: then the question is no longer which goal it is, but whether it can be concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from lmcli.expert.backward import Outlook
from lmcli.expert.model import Evidence, RuleBase
from lmcli.expert.program import Program, program_of

LARGEST = 200  # goals that are weighed against each other
NEAREST = 200  # questions that are weighed, those nearest to the goals
EFFORT = 50_000  # atoms that are visited for it: in a very large base fewer goals are weighed
LEAST, MOST = 0.02, 0.98
USUAL = 0.8


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can still matter. gain is in bits; goals are those that its answer can serve."""

    subject: str
    gain: float
    goals: tuple[str, ...]


class Needs:
    """How much each goal needs each observable atom, over the rules that `possible` allows."""

    def __init__(
        self, program: Program, goals: Sequence[int], outlook: Outlook | None = None
    ) -> None:
        self.program = program
        self.outlook = outlook
        self.needs: dict[int, dict[int, float]] = {}
        effort = 0
        for goal in goals:
            self.needs[goal] = self.of(goal)
            effort += len(self.needs[goal])
            if effort > EFFORT:
                break
        rates: dict[int, float] = {}
        for need in self.needs.values():
            for atom, degree in need.items():
                rates[atom] = rates.get(atom, 0.0) + degree
        self.rates = {atom: total / len(self.needs) / 2 for atom, total in rates.items()}

    def of(self, goal: int) -> dict[int, float]:
        """Atom -> need in 0..1 (negative: the goal needs it absent). Depth first, each atom once."""
        need: dict[int, float] = {goal: 1.0}
        for atom in self._order(goal):
            degree = need.get(atom, 0.0)
            if atom in self.program.negations:
                inner = self.program.negations[atom]
                need[inner] = min(need.get(inner, 0.0), -degree)
                continue
            if degree <= 0:
                continue
            clauses = self._alive(atom)
            for place, clause in enumerate(clauses, 1):
                share = degree * (USUAL**place if len(clauses) > 1 else 1)
                for part in self.program.bodies[clause]:
                    before = need.get(part, 0.0)
                    if before >= 0:
                        need[part] = before + (1 - before) * share
        return need

    def yes(self, atom: int, goal: int) -> float:
        """P(atom is answered yes | goal)."""
        need, rate = self.needs[goal].get(atom, 0.0), self.rates.get(atom, 0.0)
        rate = min(max(rate, LEAST), 0.5)
        probability = rate + (1 - rate) * need if need >= 0 else rate * (1 + need)
        return min(max(probability, LEAST), MOST)

    def _alive(self, atom: int) -> list[int]:
        outlook = self.outlook
        clauses = [c for c in self.program.concluding[atom] if self.program.strength(c) > 0]
        if outlook is None:
            return clauses
        return [
            c for c in clauses if all(outlook.possible(part) for part in self.program.bodies[c])
        ]

    def _order(self, goal: int) -> list[int]:
        """The atoms below a goal, each before its parts (cycles are cut where they close)."""
        finished: list[int] = []
        seen = {goal}
        work = [(goal, iter(self._parts(goal)))]
        while work:
            atom, parts = work[-1]
            for part in parts:
                if part not in seen:
                    seen.add(part)
                    work.append((part, iter(self._parts(part))))
                    break
            else:
                finished.append(atom)
                work.pop()
        return finished[::-1]

    def _parts(self, atom: int) -> list[int]:
        if atom in self.program.negations:
            return []
        return [part for clause in self._alive(atom) for part in self.program.bodies[clause]]


def weights(outlook: Outlook, goals: Sequence[int]) -> dict[int, float]:
    """Each possible goal's probability: its prior times how well it fits the answers so far."""
    program, evidence = outlook.program, outlook.evidence
    needs = Needs(program, goals)
    answers = _answers(program, evidence)
    found = {}
    for goal in needs.needs:
        if not outlook.possible(goal):
            continue
        weight = outlook.base.priors.get(program.name(goal), 1.0)
        for atom, certainty in answers.items():
            yes = needs.yes(atom, goal)
            weight *= yes * (1 + certainty) / 2 + (1 - yes) * (1 - certainty) / 2
        found[goal] = weight
    total = sum(found.values())
    return {goal: weight / total for goal, weight in found.items()} if total else found


def _answers(program: Program, evidence: Evidence) -> Mapping[int, float]:
    answers = {program.index[f]: c for f, c in evidence.facts.items() if f in program.index}
    for attribute, value in evidence.values.items():
        answers.update(dict.fromkeys(program.comparisons_that(True, attribute, value), 1.0))
        answers.update(dict.fromkeys(program.comparisons_that(False, attribute, value), -1.0))
    return answers


def rank(
    base: RuleBase, evidence: Evidence, outlook: Outlook | None = None, focus: int | None = None
) -> list[Question]:
    """The questions that can still matter, the most useful first; ties keep the order of the rules.

    focus: the goal to settle first, where it is known (else the one that is likely enough, if any).
    """
    outlook = outlook or Outlook(base, evidence)
    goals = program_of(base).goals()
    believed = weights(outlook, goals[:LARGEST])
    alive = [goal for goal in goals if outlook.open(goal)]
    subjects = outlook.questions(alive)[:NEAREST]
    if not subjects:
        return []
    needs = Needs(program_of(base), list(believed), outlook) if believed else None
    believed = {goal: believed[goal] for goal in needs.needs} if needs else {}
    atoms: dict[str, list[int]] = {subject: [] for subject in subjects}
    for atom in outlook.unanswered:
        if (subject := outlook.subject(atom)) in atoms:
            atoms[subject].append(atom)
    ranked = [
        Question(
            subject,
            max((_gain(needs, believed, atom) for atom in members), default=0.0) if needs else 0.0,
            _served(base, needs, believed, members),
        )
        for subject, members in atoms.items()
    ]
    leader = focus if focus in believed else max(believed, key=believed.__getitem__, default=None)
    need: Mapping[int, float] = {}
    if needs and leader is not None and (leader == focus or believed[leader] > 0.5):
        need = needs.needs[leader]

    def usefulness(question: Question) -> tuple[float, float]:
        degree = max((abs(need.get(atom, 0.0)) for atom in atoms[question.subject]), default=0.0)
        return -round(degree, 9), -round(question.gain, 9)

    return sorted(ranked, key=usefulness)


def _gain(needs: Needs, believed: Mapping[int, float], atom: int) -> float:
    """Entropy before, less the expected entropy after the answer; in bits."""
    yes = {goal: weight * needs.yes(atom, goal) for goal, weight in believed.items()}
    no = {goal: weight - yes[goal] for goal, weight in believed.items()}
    total_yes = sum(yes.values())
    after = total_yes * _entropy(yes.values()) + (1 - total_yes) * _entropy(no.values())
    return max(0.0, _entropy(believed.values()) - after)


def _entropy(masses: Iterable[float]) -> float:
    values = [mass for mass in masses if mass > 0]
    total = sum(values)
    return -sum(mass / total * log2(mass / total) for mass in values) if total else 0.0


def _served(
    base: RuleBase, needs: Needs | None, believed: Mapping[int, float], members: Sequence[int]
) -> tuple[str, ...]:
    """The goals that need an answer, the likeliest and most in need first."""
    if needs is None:
        return ()
    degree = {
        goal: weight * max((abs(needs.needs[goal].get(atom, 0.0)) for atom in members), default=0.0)
        for goal, weight in believed.items()
    }
    best = sorted((goal for goal in degree if degree[goal] > 0), key=lambda goal: -degree[goal])
    return tuple(program_of(base).name(goal) for goal in best)
