"""What a rule base holds: conditions, rules, questions, goals, and the evidence of one case.

A condition is a fact (text), a `Comparison` on an attribute, or `All`, `Any`, `Not` of conditions.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import ClassVar, TypeAlias

BELIEVED = 0.2
"""A fact of a base with certainties holds above this certainty (MYCIN's threshold for a premise)."""


@dataclass(frozen=True, slots=True)
class Range:
    """All that is known of a number: it lies between two bounds, which may be infinite."""

    low: float = -inf
    high: float = inf
    low_in: bool = True
    high_in: bool = True

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, float):
            return False
        above = number > self.low or (number == self.low and self.low_in)
        return above and (number < self.high or (number == self.high and self.high_in))

    @classmethod
    def of(cls, op: str, bound: float) -> Range:
        """The numbers that stand in a relation to a bound: <, <=, >, >= or =."""
        if op == "=":
            return cls(bound, bound)
        return cls(high=bound, high_in=op == "<=") if "<" in op else cls(bound, low_in=op == ">=")

    def both(self, other: Range) -> Range | None:
        """The numbers in both ranges; None where there are none."""
        low, low_in = max((self.low, not self.low_in), (other.low, not other.low_in))
        high, high_in = min((self.high, self.high_in), (other.high, other.high_in))
        if low > high or (low == high and (low_in or not high_in)):
            return None
        return Range(low, high, not low_in, high_in)

    def bounds(self) -> list[tuple[str, float]]:
        """The bounds that are finite, as (relation, number)."""
        found = [
            (">=" if self.low_in else ">", self.low),
            ("<=" if self.high_in else "<", self.high),
        ]
        return [(op, bound) for op, bound in found if abs(bound) < inf]


Value = float | str | Range
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`attribute op value`, such as temperature >= 38; order is for numbers, = and != also for words."""

    attribute: str
    op: str
    value: float | str

    def decided(self, value: Value) -> bool | None:
        """Whether the comparison is true; None where a range leaves it open."""
        if not isinstance(value, Range):
            return self.holds(value)
        if isinstance(self.value, str):
            return self.op == "!="
        if self.op in ("=", "!="):
            inside = self.value in value
            open_ = inside and value.low < value.high
            return None if open_ else inside == (self.op == "=")
        wanted = Range.of(self.op, self.value)
        common = value.both(wanted)
        return False if common is None else True if common == value else None

    def holds(self, value: Value) -> bool:
        """Whether the comparison is surely true of `value`; words and numbers are never equal."""
        if isinstance(value, Range):
            return self.decided(value) is True
        if self.op in ("=", "!="):
            return (value == self.value) == (self.op == "=")
        if isinstance(value, str) or isinstance(self.value, str):
            return False
        return bool(_ORDER[self.op](value, self.value))


@dataclass(frozen=True, slots=True)
class All:
    """True where every item is; its certainty is the least of theirs."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True where some item is; its certainty is the greatest of theirs."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation as failure: true where the item cannot be derived from what is known."""

    item: Condition


Condition: TypeAlias = "str | Comparison | All | Any | Not"


@dataclass(slots=True)
class Rule:
    """If all of `when` then all of `then`. `line` is its place in the file, 0 where there is none."""

    when: Sequence[Condition]
    then: Sequence[str]
    name: str = ""
    certainty: float = 1.0
    explanation: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to say of a base. severity: error (the base is refused), warning, or note (what was read otherwise)."""

    PLAIN: ClassVar = ("file", "line", "severity", "kind", "message")

    file: str
    line: int
    severity: str
    kind: str
    message: str
    hint: str | None = None


@dataclass
class RuleBase:
    """A whole base. `uncertain` says that certainties are combined as in MYCIN.

    `remarks` says what a foreign file held besides that could not be taken over. `compiled` keeps what
    `program.program_of` made of the rules.
    """

    name: str
    rules: list[Rule]
    language: str = "en"
    title: str = ""
    notice: str = ""
    uncertain: bool = False
    goals: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclusive: tuple[tuple[str, ...], ...] = ()
    priors: Mapping[str, float] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    path: str = ""
    remarks: Sequence[Problem] = ()
    compiled: object = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def of_pairs(cls, pairs: Iterable[tuple[Sequence[Condition], str]], name: str = "") -> RuleBase:
        """A base of plain rules, each given as (conditions, conclusion)."""
        return cls(name, [Rule(when, (then,)) for when, then in pairs])

    def rule_name(self, number: int) -> str:
        """A rule's own name, or its place in the base, counted from 1."""
        name = self.rules[number].name
        return name or (f"规则{number + 1}" if self.language == "zh" else f"rule {number + 1}")


@dataclass(frozen=True)
class Evidence:
    """What is known of one case.

    facts: fact -> certainty, 1 for yes, -1 for no. values: attribute -> number, word or range. unknown: facts
    and attributes of which the user said that they cannot tell.
    """

    facts: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *facts: str) -> Evidence:
        """Evidence of facts that are certain."""
        return cls(dict.fromkeys(facts, 1.0))


def plain_value(value: Value) -> str:
    """A value as it is written: 38 and not 38.0; a range by its bounds."""
    if isinstance(value, Range):
        return ", ".join(f"{op} {bound:.12g}" for op, bound in value.bounds())
    return value if isinstance(value, str) else f"{value:.12g}"


def value_words(name: str, value: Value, blank: str = " ") -> list[str]:
    """An attribute with its value, as a user may give it; a range takes a word for each bound."""
    if isinstance(value, Range):
        return [f"{name}{blank}{op}{blank}{bound:.12g}" for op, bound in value.bounds()]
    return [f"{name}{blank}={blank}{plain_value(value)}"]


def parts(conditions: Iterable[Condition]) -> Iterator[tuple[str | Comparison, bool]]:
    """The facts and comparisons inside conditions, in order, each with whether it stands under a Not."""
    stack: list[tuple[Condition, bool]] = [(item, False) for item in reversed(list(conditions))]
    while stack:
        condition, negated = stack.pop()
        if isinstance(condition, (str, Comparison)):
            yield condition, negated
        elif isinstance(condition, Not):
            stack.append((condition.item, not negated))
        else:
            stack.extend((item, negated) for item in reversed(condition.items))
