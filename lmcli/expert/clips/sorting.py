"""Which rules of a CLIPS file mean the same here as in CLIPS, whatever facts a case begins with.

Left out is a rule for which the order of firing matters (see `clips_order`), one whose `not` denies what a part that
was left out before may assert, and one that rests on what such a part may retract. The search for these goes on until
nothing changes, since each may be the reason for the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lmcli.expert.clips.effects import EVERYTHING, Effects, LeftOut, Pattern
from lmcli.expert.clips.order import Known, Order, spoken_of
from lmcli.expert.clips.rule import Production


@dataclass
class Sorting:
    """The rules that are kept, the facts that are given, and what is left out; `settle` moves what must go."""

    rules: list[Production]
    given: dict[str, int]
    left: list[LeftOut]
    stoppers: list[LeftOut] = field(default_factory=list)
    waiting: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Kept rules that wait for a fact which a left-out part may assert: rule -> (fact, that part)."""

    def facts(self) -> set[str]:
        """Every fact that is spoken of."""
        return {*self.given, *(fact for rule in self.rules for fact in spoken_of(rule))}

    def leave_out(self, rule: Production, why: str, hint: str | None) -> None:
        """Leave out one rule for a reason of the caller's."""
        self.rules.remove(rule)
        self.left.append(_left(f"the rule {rule.name!r}", rule.line, why, rule.facts, hint))

    def settle(self) -> None:
        """Leave out, round by round, what might mean something else."""
        rules = {rule.name: Known.of(rule) for rule in self.rules}
        self.stoppers = [part for part in self.left if part.effects.stops]
        while True:
            taken, new = self._taken(rules.values()), self._new(rules.values())
            lost = [fact for fact in self.given if fact in taken]
            for fact in lost:
                source = f"{taken[fact]}, which is left out, may retract it"
                self.left.append(_left(f"the fact ({fact})", self.given.pop(fact), source, [fact]))
            order = Order(list(rules.values()))
            gone = {
                name: why for name, r in rules.items() if (why := self._why(r, taken, new, order))
            }
            if not gone and not lost:
                break
            for name, (reason, hint) in gone.items():
                rule = rules.pop(name).rule
                self.left.append(_left(f"the rule {name!r}", rule.line, reason, rule.facts, hint))
        self.rules = [rule for rule in self.rules if rule.name in rules]
        for name, known in rules.items():
            for fact in sorted(known.needed & new.keys())[:1]:
                self.waiting[name] = (fact, new[fact])

    def _taken(self, rules: Iterable[Known]) -> dict[str, str]:
        """The facts that a left-out part may retract, with that part."""
        patterns = [(p, part.what) for part in self.left for p in part.effects.retracts]
        return self._covered(patterns, rules)

    def _new(self, rules: Iterable[Known]) -> dict[str, str]:
        """The facts that may come from a left-out part, directly or through rules that are kept."""
        patterns = [(p, part.what) for part in self.left for p in part.effects.asserts]
        found = self._covered(patterns, rules)
        users: dict[str, list[Known]] = {}
        for known in rules:
            for fact in known.needed:
                users.setdefault(fact, []).append(known)
        agenda = list(found)
        for fact in agenda:  # grows while it is worked off
            for known in users.get(fact, ()):
                for head in known.rule.facts:
                    if head not in found:
                        found[head] = found[fact]
                        agenda.append(head)
        return found

    def _covered(
        self, patterns: list[tuple[Pattern, str]], rules: Iterable[Known]
    ) -> dict[str, str]:
        if not patterns:
            return {}
        names = dict.fromkeys(self.given)
        for known in rules:
            names.update(dict.fromkeys((*known.denied, *known.needed, *known.rule.facts)))
        first = dict(reversed(patterns))
        found = {}
        for name in names:
            relation = name.partition(" ")[0]
            for pattern in (Pattern(relation, name), Pattern(relation), EVERYTHING):
                if pattern in first:
                    found[name] = first[pattern]
                    break
        return found

    def _why(
        self, known: Known, taken: dict[str, str], new: dict[str, str], order: Order
    ) -> tuple[str, str | None] | None:
        """Why a rule cannot be kept, and what would help; None where it can."""
        rule = known.rule
        for part in self.stoppers:
            if rule.lowest <= part.highest:
                return f"{part.what}, which is left out, may end the run before it", None
        for fact in (*rule.facts, *sorted(known.needed)):
            if fact in taken:
                return f"{taken[fact]}, which is left out, may retract ({fact})", None
        for fact in sorted(known.denied):
            if fact in new or fact in taken:
                source = new.get(fact) or taken[fact]
                return f"it denies ({fact}), which {source}, left out, may assert", None
        return order.fault(known)


def _left(what: str, line: int, why: str, facts: Iterable[str], hint: str | None = None) -> LeftOut:
    asserts = [Pattern(fact.partition(" ")[0], fact) for fact in facts]
    return LeftOut(what, line, why, hint, Effects(asserts))
