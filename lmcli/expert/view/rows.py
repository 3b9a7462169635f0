"""The rows that the commands print, from what the engine gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from lmcli.expert.chaining import Model, infer, weakest
from lmcli.expert.model import BELIEVED, Evidence, RuleBase, value_words
from lmcli.expert.program import Program, program_of
from lmcli.expert.terms import Vocabulary, split
from lmcli.expert.wording import condition_text, rule_text


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A goal that was reached: by which rule (the one that gave it first or said most), from what."""

    fact: str
    certainty: float
    rule: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from one set of facts. derived: all that rules gave, in order, goals included."""

    KEY: ClassVar = "given"
    PLAIN: ClassVar = ("concluded",)

    facts: tuple[str, ...]
    conclusions: tuple[Conclusion, ...]
    derived: tuple[str, ...]

    @property
    def given(self) -> str:
        """The facts on one line."""
        return ", ".join(self.facts)

    @property
    def concluded(self) -> str:
        """The conclusions on one line; an uncertain one as fact@certainty."""
        return ", ".join(
            one.fact if one.certainty == 1 else f"{one.fact}@{one.certainty!r}"
            for one in self.conclusions
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One firing of a rule. `goal` says whether its conclusion is one of the base's goals."""

    PLAIN: ClassVar = ("step", "fact", "rule", "premises")

    step: int
    fact: str
    certainty: float
    rule: str
    because: tuple[str, ...]
    goal: bool

    @property
    def premises(self) -> str:
        """The conditions on one line."""
        return ", ".join(self.because)


@dataclass(frozen=True, slots=True)
class ShownBase:
    """A bundled base in a list."""

    PLAIN: ClassVar = ("name", "title")

    name: str
    title: str
    language: str
    rules: int
    goals: int
    certainty: bool
    path: str


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as text."""

    PLAIN: ClassVar = ("rule", "text")

    rule: str
    text: str
    certainty: float
    explanation: str
    line: int


def evidence_of(vocabulary: Vocabulary, line: str) -> Evidence:
    """The evidence of a line of facts, separated by commas."""
    return vocabulary.evidence(split(line))


def inference(base: RuleBase, evidence: Evidence) -> Inference:
    """What follows from the evidence: goals (the most certain first) and all else that was derived."""
    model = infer(base, evidence)
    program = program_of(base)
    goals = [goal for goal in program.goals() if model.holds(goal)]
    goals.sort(key=lambda goal: -model.certainty(goal))
    return Inference(
        tuple(given(evidence)),
        tuple(conclusion(model, goal) for goal in goals),
        tuple(
            program.name(atom)
            for atom in model.order
            if program.is_fact(atom) and model.holds(atom)
        ),
    )


def given(evidence: Evidence) -> Iterator[str]:
    """The evidence as words, as a user may give it again."""
    for fact, certainty in evidence.facts.items():
        if certainty in (1, -1):
            yield fact if certainty > 0 else f"not {fact}"
        else:
            yield f"{fact}@{certainty!r}"
    for name, value in evidence.values.items():
        yield from value_words(name, value, "")


def conclusion(model: Model, atom: int) -> Conclusion:
    """A goal with the rule that gave it; among several rules the strongest."""
    program = model.program
    supports = model.supports(atom)
    if not supports:
        return Conclusion(program.name(atom), model.certainty(atom), "given", ())
    clause = max(supports, key=lambda one: weakest(model, one) * program.strength(one))
    return Conclusion(
        program.name(atom),
        model.certainty(atom),
        program.rule_name(clause),
        _premises(program, clause),
    )


def _premises(program: Program, clause: int) -> tuple[str, ...]:
    rule = program.base.rules[program.origin[clause]]
    return tuple(condition_text(condition, program.base.language) for condition in rule.when)


def steps(base: RuleBase, evidence: Evidence) -> list[Step]:
    """Every firing that gave or changed a fact, in order; certainty is what the fact has after all."""
    model = infer(base, evidence)
    program = program_of(base)
    goals = set(program.goals())
    found: list[Step] = []
    for atom in model.order:
        if not program.is_fact(atom):
            continue
        for clause in model.supports(atom):
            certainty = model.certainty(atom)
            found.append(
                Step(len(found) + 1, program.name(atom), certainty, program.rule_name(clause),
                     _premises(program, clause), atom in goals and certainty > BELIEVED)
            )  # fmt: skip
    return found


def shown_base(base: RuleBase) -> ShownBase:
    """A base in a list."""
    goals = len(program_of(base).goals())
    return ShownBase(
        base.name, base.title, base.language, len(base.rules), goals, base.uncertain, base.path
    )


def shown_rules(base: RuleBase, goal: str | None = None) -> Iterator[ShownRule]:
    """The rules as text; with a goal, those that can lead to it."""
    for number in program_of(base).rules_for(goal) if goal else range(len(base.rules)):
        rule = base.rules[number]
        text = rule_text(rule, base.language)
        yield ShownRule(base.rule_name(number), text, rule.certainty, rule.explanation, rule.line)
