"""Facts as text: `temperature >= 38` in a rule; `temperature=39.2`, `cough@0.6`, `not cough` in a case."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import pairwise

from lmcli.expert.language.normal import fold, plain
from lmcli.expert.model import Comparison, Evidence, Range, RuleBase, Value, parts, plain_value
from lmcli.expert.program import program_of
from lmcli.frame.errors import BadInput, UnknownWord

SEPARATORS = ",，、;；"
RESERVED = SEPARATORS + "@\n\t<>=≤≥≦≧≠!"
_COMPARISON = re.compile(r"\s*([^<>=≤≥≦≧≠!]+?)\s*(<=|>=|!=|==|[<>=≤≥≦≧≠])\s*([^<>=≤≥≦≧≠!]+?)\s*")
_OPERATORS = {"==": "=", "≤": "<=", "≥": ">=", "≦": "<=", "≧": ">=", "≠": "!="}


_SIGN = re.compile(r"(<=|>=|!=|==|[<>=≤≥≦≧≠])")
DENIAL = "not "
"""A synonym that begins with it denies its fact."""


def comparison(text: str) -> Comparison | None:
    """The comparison that a text is, or None where it is a fact. Raises BadInput for a broken one."""
    if not any(sign in text for sign in "<>=≤≥≦≧≠!"):
        return None
    match = _COMPARISON.fullmatch(text)
    if not match:
        raise BadInput(f"{text!r} is not a comparison", "write: temperature >= 38, or colour = red")
    attribute, sign, value = match.groups()
    op = _OPERATORS.get(sign, sign)
    number = value_of(value)
    if op not in ("=", "!=") and isinstance(number, str):
        raise BadInput(f"{text!r} compares with {value!r}, which is not a number")
    return Comparison(attribute, op, number)


def value_of(text: str) -> float | str:
    """A number where the text is a finite one, else the text."""
    try:
        number = float("" if "_" in text else text)
    except ValueError:
        return text.strip()
    return number if math.isfinite(number) else text.strip()


def split(line: str) -> list[str]:
    """A set of facts on one line, separated by commas or semicolons (also 、，；)."""
    return [word for part in re.split(f"[{SEPARATORS}]", line) if (word := plain(part))]


class Vocabulary:
    """The facts and attributes that a base knows, and what else they are called."""

    def __init__(self, base: RuleBase) -> None:
        self.base = base
        self.facts: dict[str, None] = {}
        self.attributes: dict[str, None] = {}
        for rule in base.rules:
            for leaf, _ in parts(rule.when):
                if isinstance(leaf, Comparison):
                    self.attributes[leaf.attribute] = None
                else:
                    self.facts[leaf] = None
            self.facts.update(dict.fromkeys(rule.then))
        self.facts.update(dict.fromkeys(base.goals))
        self._folded: dict[str, str] = {}
        for name in (*self.facts, *self.attributes):
            self._folded.setdefault(fold(name), name)
        for name, others in base.synonyms.items():
            for other in others:
                if not other.startswith(DENIAL):
                    self._folded.setdefault(fold(other), name)

    def resolve(self, word: str) -> str:
        """The fact or attribute that a word names. Raises UnknownWord with names spelt alike."""
        word = plain(word)
        if word in self.facts or word in self.attributes:
            return word
        known = self._folded.get(fold(word))
        if known is None:
            near = get_close_matches(fold(word), self._folded, n=3, cutoff=0.6)
            names = dict.fromkeys(self._folded[name] for name in near)
            raise UnknownWord(word, self.base.name, names)
        return known

    def goal(self, word: str) -> str:
        """The fact that a word names; an attribute is refused."""
        fact = self.resolve(word)
        if fact in self.attributes and fact not in self.facts:
            raise BadInput(f"{fact!r} is an attribute, not something that rules conclude")
        return fact

    def evidence(self, words: Iterable[str]) -> Evidence:
        """The evidence of one case. Raises UnknownWord or BadInput for a word that cannot be read."""
        facts: dict[str, float] = {}
        values: dict[str, Value] = {}
        for word in map(plain, words):
            if any(sign in word for sign in "=<>≤≥≦≧≠"):
                attribute, value = self._value(word)
                values[attribute] = self._added(attribute, values.get(attribute), value)
            else:
                fact, certainty = self._fact(word)
                facts[fact] = certainty
        return Evidence(facts, values)

    def _value(self, word: str) -> tuple[str, Value]:
        name, sign, text = _SIGN.split(word, maxsplit=1)
        op = _OPERATORS.get(sign, sign)
        attribute = self.resolve(name)
        if attribute not in self.attributes:
            raise BadInput(
                f"{attribute!r} is a fact and takes no value", f"give it as {attribute!r}"
            )
        if not text.strip():
            raise BadInput(f"{word!r} lacks a value", f"write: {attribute}=VALUE")
        value = value_of(text)
        known = {c.value for c in self.comparisons(attribute)}
        if isinstance(value, str) and all(isinstance(number, float) for number in known):
            raise BadInput(f"{attribute!r} takes a number, not {value!r}")
        if op == "=":
            return attribute, value
        if isinstance(value, str) or op == "!=":
            raise BadInput(
                f"{word!r} is no value", f"write: {attribute}=VALUE, or a bound as <, >="
            )
        return attribute, Range.of(op, value)

    def _added(self, attribute: str, before: Value | None, value: Value) -> Value:
        """A value beside what the case already says: bounds make a range, all else must not contradict."""
        if before is None or before == value:
            return value
        if isinstance(before, Range) and isinstance(value, Range) and (both := before.both(value)):
            return both
        raise BadInput(
            f"{attribute!r} is given twice: {plain_value(before)} and {plain_value(value)}",
            "give one value, or two bounds that agree",
        )

    def comparisons(self, attribute: str) -> list[Comparison]:
        """All comparisons of the base on an attribute."""
        return [
            condition
            for atom in program_of(self.base).comparisons.get(attribute, ())
            if isinstance(condition := program_of(self.base).atoms[atom], Comparison)
        ]

    def _fact(self, word: str) -> tuple[str, float]:
        name, at, text = word.partition("@")
        denied = name.startswith(("not ", "!"))
        fact = self.resolve(name.removeprefix("!").removeprefix("not "))
        if fact in self.attributes and fact not in self.facts:
            raise BadInput(f"{fact!r} is an attribute and needs a value", f"write: {fact}=VALUE")
        certainty = 1.0
        if at:
            number = value_of(text)
            if isinstance(number, str) or not -1 <= number <= 1:
                raise BadInput(f"{word!r}: a certainty is a number from -1 to 1")
            if not self.base.uncertain:
                raise BadInput(
                    f"{word!r}: {self.base.name} has no certainties", f"give it as {fact!r}"
                )
            certainty = number
        return fact, -certainty if denied else certainty


def witness(comparisons: Sequence[Comparison]) -> Value | None:
    """A value of which all comparisons (on one attribute) are true, None where there is none."""
    numbers = [c.value for c in comparisons if isinstance(c.value, float)]
    words = [c.value for c in comparisons if isinstance(c.value, str)]
    tries: list[Value] = [*words, *numbers]
    bounds = sorted(set(numbers))
    tries += [(low + high) / 2 for low, high in pairwise(bounds)]
    if bounds:
        tries += [bounds[0] - 1, bounds[-1] + 1]
    else:
        tries.append("other")
    wanted = [value for value in tries if all(c.holds(value) for c in comparisons)]
    return wanted[0] if wanted else None
