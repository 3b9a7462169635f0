"""When the rules of a CLIPS file fire, as far as it matters to `not`.

CLIPS decides a `not` when the rule fires: what comes later does not take the conclusion back, unless the condition is
`logical`. Here a `not` holds where the fact can never be derived (stratified negation). The two agree for a rule that

- denies only facts that no rule concludes, or
- fires after every rule that may lead to what it denies: all of these have a greater salience, or the same one where
  this rule waits on the agenda from the reset on (it has no other conditions than nots) and they do not, or
- rests on the denied fact through `logical`, together with all that builds on its conclusion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from lmcli.expert.clips.rule import Production
from lmcli.expert.model import All, Any, Condition, Not, parts
from lmcli.expert.strata import components

NEVER = float("inf")


def denied(conditions: Iterable[Condition]) -> Iterator[str]:
    """The facts under any `not`, however deep."""
    for condition in conditions:
        if isinstance(condition, Not):
            yield from (str(leaf) for leaf, _ in parts([condition.item]))
        elif isinstance(condition, (All, Any)):
            yield from denied(condition.items)


def needed(conditions: Iterable[Condition]) -> Iterator[str]:
    """The facts under no `not`."""
    for condition in conditions:
        if isinstance(condition, (All, Any)):
            yield from needed(condition.items)
        elif isinstance(condition, str):
            yield condition


def spoken_of(rule: Production) -> Iterator[str]:
    """The facts of a rule, conditions and conclusions."""
    yield from (str(leaf) for leaf, _ in parts(rule.when))
    yield from rule.facts


def holds_on_nothing(condition: Condition) -> bool:
    """Whether a condition is true where there are no facts."""
    if isinstance(condition, Not):
        return not holds_on_nothing(condition.item)
    if isinstance(condition, All):
        return all(map(holds_on_nothing, condition.items))
    return isinstance(condition, Any) and any(map(holds_on_nothing, condition.items))


@dataclass(slots=True)
class Known:
    """A production with what the analysis asks of it, taken once."""

    rule: Production
    free_denied: set[str]
    free_needed: set[str]
    denied: set[str]
    needed: set[str]
    early: bool  # on the agenda from the reset on, perhaps
    plain: bool  # nothing but nots of facts: on the agenda from the reset on, surely, until one of them comes

    @property
    def logical(self) -> bool:
        """Whether a condition is `logical`: its end takes the conclusions back."""
        return self.denied != self.free_denied or self.needed != self.free_needed

    @classmethod
    def of(cls, rule: Production) -> Known:
        plain = all(
            isinstance(c, Not) and not any(isinstance(part, Not) for part in _inside(c.item))
            for c in rule.when
        )
        return cls(
            rule, set(denied(rule.free)), set(needed(rule.free)), set(denied(rule.when)),
            set(needed(rule.when)), all(map(holds_on_nothing, rule.when)), plain,
        )  # fmt: skip


def _inside(condition: Condition) -> Iterator[Condition]:
    yield condition
    if isinstance(condition, (All, Any)):
        for item in condition.items:
            yield from _inside(item)
    elif isinstance(condition, Not):
        yield from _inside(condition.item)


class Order:
    """For each fact, when the rules that lead to it can fire at the latest."""

    def __init__(self, rules: list[Known]) -> None:
        self.rules = rules
        self.users: dict[str, list[Known]] = {}
        for known in rules:
            for fact in known.denied | known.needed:
                self.users.setdefault(fact, []).append(known)
        self.sensitive = any(known.denied for known in rules)
        if not self.sensitive:
            return
        self.last = self._lowest({id(known): known.rule.lowest for known in rules})
        self.last_early = self._lowest(
            {id(known): known.rule.lowest if known.early else NEVER for known in rules}
        )
        self.retractable = self._retractable()
        self.shaky = self._shaky() if self.retractable else set()

    def _lowest(self, level: dict[int, float]) -> dict[str, float]:
        """For each fact the least level of the rules that lead to it, through any number of others."""
        found: dict[str, float] = {}
        for known in sorted(self.rules, key=lambda known: level[id(known)]):
            agenda = [known]
            for one in agenda:  # grows while it is worked off
                for fact in one.rule.facts:
                    if fact not in found:
                        found[fact] = level[id(known)]
                        agenda += self.users.get(fact, ())
        return found

    def final(self, fact: str, known: Known) -> bool:
        """Whether all rules that lead to a fact have fired, or never will, when this rule fires."""
        last = self.last.get(fact, NEVER)
        if last == NEVER or last > known.rule.highest:
            return True
        only = known.rule.lowest == known.rule.highest == last
        waits = known.plain and self.last_early.get(fact, NEVER) > last
        return only and waits and fact not in self.retractable

    def _retractable(self) -> set[str]:
        """The facts that rest on a `logical` condition in any way."""
        found = {fact for known in self.rules if known.logical for fact in known.rule.facts}
        agenda = list(found)
        for fact in agenda:  # grows while it is worked off
            for known in self.users.get(fact, ()):
                fresh = set(known.rule.facts) - found
                found |= fresh
                agenda += fresh
        return found

    def _shaky(self) -> set[str]:
        """The facts that `logical` may take back: they rest on a denial that is not final, or on such a fact."""
        agenda = [
            fact
            for known in self.rules
            if any(not self.final(f, known) for f in known.denied - known.free_denied)
            for fact in known.rule.facts
        ]
        found = set(agenda)
        for fact in agenda:  # grows while it is worked off
            for known in self.users.get(fact, ()):
                if fact in known.needed - known.free_needed and not self.final(fact, known):
                    fresh = set(known.rule.facts) - found
                    found |= fresh
                    agenda += fresh
        return found

    def fault(self, known: Known) -> tuple[str, str | None] | None:
        """Why the order of firing matters to a rule; None where it does not."""
        if not self.sensitive:
            return None
        moving = [fact for fact in sorted(known.denied) if not self.final(fact, known)]
        taken = [f for f in sorted(known.needed & self.shaky) if not self.final(f, known)]
        for fact in (*moving, *taken):
            if fact in (known.free_denied if fact in moving else known.free_needed):
                verb = "denies" if fact in moving else "rests on"
                why = f"it {verb} ({fact}), and CLIPS decides that by the order of firing"
                return why, f"give it a salience below that of the rules that lead to ({fact})"
            if self._circular(known):
                return (
                    f"its conclusion supports itself, and CLIPS keeps it when ({fact}) changes",
                    None,
                )
        return None

    def _circular(self, known: Known) -> bool:
        """Whether a rule's conclusion leads back to its conditions."""
        circles = self._circles
        heads = {circles[fact] for fact in known.rule.facts}
        return not heads.isdisjoint(circles[fact] for fact in known.denied | known.needed)

    @cached_property
    def _circles(self) -> dict[str, int]:
        """For each fact the group of facts that lead to each other."""
        facts = dict.fromkeys(self.users)
        facts.update(dict.fromkeys(fact for known in self.rules for fact in known.rule.facts))
        number = {fact: place for place, fact in enumerate(facts)}
        edges = [
            [number[head] for known in self.users.get(fact, ()) for head in known.rule.facts]
            for fact in facts
        ]
        return dict(zip(facts, components(edges), strict=True))
