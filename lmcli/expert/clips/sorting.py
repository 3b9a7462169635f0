"""Which rules of a CLIPS file mean the same here as in CLIPS, whatever facts a case begins with.

Left out is a rule for which the order of firing matters (see `order`), one whose `not` denies what a part that
was left out before may assert, and one that rests on what such a part may retract. The search for these goes on until
nothing changes, since each may be the reason for the next.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
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
        """Leave out, round by round, what might mean something else.

        The order of firing is looked at once: with fewer rules it never matters to more of them.
        """
        rules = {rule.name: Known.of(rule) for rule in self.rules}
        denying = _by_fact((fact, known) for known in rules.values() for fact in known.denied)
        self.stoppers = [part for part in self.left if part.effects.stops]
        taken, new = self._taken(rules.values()), self._new(rules.values())
        for fact in [fact for fact in self.given if fact in taken]:
            source = f"{taken[fact]}, which is left out, may retract it"
            self.left.append(_left(f"the fact ({fact})", self.given.pop(fact), source, [fact]))
        order = Order(list(rules.values()))
        needing = _by_fact((fact, known) for known in rules.values() for fact in known.needed)
        gone = {
            name: why for name, known in rules.items()
            if (why := self._why(known, taken, new) or order.fault(known))
        }  # fmt: skip
        while gone:
            fresh: dict[str, str] = {}
            for name, (reason, hint) in gone.items():
                rule = rules.pop(name).rule
                part = _left(f"the rule {name!r}", rule.line, reason, rule.facts, hint)
                self.left.append(part)
                for fact in rule.facts:
                    if fact not in new:
                        fresh.setdefault(fact, part.what)
            _spread(fresh, needing, new)
            new |= fresh
            touched = {
                known.rule.name: known for fact in fresh for known in denying.get(fact, ())
                if known.rule.name in rules
            }  # fmt: skip
            gone = {name: why for name in touched if (why := self._why(touched[name], taken, new))}
        self.rules = [rule for rule in self.rules if rule.name in rules]
        new = self._new(rules.values())
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
        _spread(found, _by_fact((fact, known) for known in rules for fact in known.needed))
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
        self, known: Known, taken: dict[str, str], new: dict[str, str]
    ) -> tuple[str, str | None] | None:
        """Why a rule cannot be kept beside what is left out, and what would help; None where it can."""
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
        return None


def _by_fact(pairs: Iterable[tuple[str, Known]]) -> dict[str, list[Known]]:
    """The rules that each fact is paired with."""
    found: dict[str, list[Known]] = {}
    for fact, known in pairs:
        found.setdefault(fact, []).append(known)
    return found


def _spread(
    found: dict[str, str], needing: Mapping[str, list[Known]], before: Container[str] = ()
) -> None:
    """Add the facts that may follow from those found, each with the part that it comes from."""
    agenda = list(found)
    for fact in agenda:  # grows while it is worked off
        for known in needing.get(fact, ()):
            for head in known.rule.facts:
                if head not in found and head not in before:
                    found[head] = found[fact]
                    agenda.append(head)


def _left(what: str, line: int, why: str, facts: Iterable[str], hint: str | None = None) -> LeftOut:
    asserts = [Pattern(fact.partition(" ")[0], fact) for fact in facts]
    return LeftOut(what, line, why, hint, Effects(asserts))
