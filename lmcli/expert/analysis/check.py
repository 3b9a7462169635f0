"""Faults of a base beyond its form: rules that never fire, duplicates, cycles, contradictions, doubtful facts."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from lmcli.expert.chaining import Chain
from lmcli.expert.files.reading import read_file
from lmcli.expert.files.schema import read
from lmcli.expert.model import All, Any, Comparison, Condition, Not, Problem, Rule, RuleBase, parts
from lmcli.expert.program import HELPER, program_of
from lmcli.expert.terms import Vocabulary, witness
from lmcli.expert.wording import condition_text
from lmcli.frame.errors import BadInput, did_you_mean

MOST_NAMES = 3000  # names that are compared with each other for misspellings


def check_file(path: Path) -> list[Problem]:
    """All that can be said against a file, in order of lines. Raises BadInput where it is no YAML at all."""
    base, problems = read(read_file(path), str(path))
    if not any(problem.severity == "error" for problem in problems):
        problems += check(base)
    return sorted(problems, key=lambda problem: problem.line)


def check(base: RuleBase) -> list[Problem]:
    """The faults of a base whose form is right."""
    return list(_Checker(base).problems())


def check_clips(base: RuleBase) -> list[Problem]:
    """The faults of a base that was read from CLIPS, and what was left out of it, in order of lines."""
    return sorted([*base.remarks, *check(base)], key=lambda problem: problem.line)


class _Checker:
    """One base's checks."""

    def __init__(self, base: RuleBase) -> None:
        self.base = base
        self.program = program_of(base)
        self.seen: dict[frozenset[Condition], list[int]] = {}

    def problems(self) -> Iterator[Problem]:
        yield from self._order()
        yield from self._never()
        yield from self._redundant()
        yield from self._doubtful()

    def problem(
        self, line: int, kind: str, message: str, hint: str | None = None, severity: str = "warning"
    ) -> Problem:
        return Problem(self.base.path or self.base.name, line, severity, kind, message, hint)

    def _order(self) -> Iterator[Problem]:
        """Cycles: fatal through a `not` or with certainties, else worth a look."""
        try:
            fatal = self.program.order if self.base.uncertain else self.program.strata
            del fatal
        except BadInput as error:
            where, _, rest = error.message.removeprefix(self.base.path).lstrip(":").partition(": ")
            line = int(where) if where.isdigit() else 1
            yield self.problem(line, "cycle", rest or error.message, error.hint, "error")
            return
        for names in self.program.cycles():
            line = self._line_of(names[0])
            yield self.problem(
                line, "cycle", "facts that follow from each other: " + " <- ".join(names)
            )

    def _line_of(self, fact: str) -> int:
        return next((rule.line for rule in self.base.rules if fact in rule.then), 1)

    # -- rules that never fire ---------------------------------------------------------------

    def _never(self) -> Iterator[Problem]:
        contradictory = set()
        for number, rule in enumerate(self.base.rules):
            if reason := self._contradiction(rule):
                contradictory.add(number)
                yield self.problem(
                    rule.line, "contradiction", f"{self._name(number)} can never fire: {reason}"
                )
        derivable = self._derivable()
        for clause, origin in enumerate(self.program.origin):
            if origin == HELPER or origin in contradictory:
                continue
            lacking = [atom for atom in self.program.bodies[clause] if not derivable.known[atom]]
            if lacking:
                contradictory.add(origin)  # once a rule
                name = self.program.name(lacking[0])
                yield self.problem(
                    self.base.rules[origin].line, "unreachable",
                    f"{self._name(origin)} can never fire: nothing leads to {name!r}",
                    "it follows only from itself",
                )  # fmt: skip

    def _derivable(self) -> Chain:
        """What could be derived if every observable fact held and every `not` too."""
        chain = Chain(self.program)
        leaves = [a for a in range(len(self.program.atoms)) if self.program.is_leaf(a)]
        asked = [
            self.program.index[fact] for fact in self.base.questions if fact in self.program.index
        ]
        chain.start([*leaves, *asked, *self.program.negations])
        return chain

    def _contradiction(self, rule: Rule) -> str | None:
        """Why a rule's own conditions cannot hold together, None where they can."""
        needed = [item for item in rule.when if not isinstance(item, Not)]
        denied = [item.item for item in rule.when if isinstance(item, Not)]
        for item in denied:
            if item in needed:
                return f"{self._text(item)} and not {self._text(item)}"
        attributes: dict[str, list[Comparison]] = {}
        for item in needed:
            if isinstance(item, Comparison):
                attributes.setdefault(item.attribute, []).append(item)
        for comparisons in attributes.values():
            if witness(comparisons) is None:
                return " and ".join(self._text(item) for item in comparisons)
        facts = {item for item in needed if isinstance(item, str)}
        for group in self.base.exclusive:
            if len(both := [fact for fact in group if fact in facts]) > 1:
                return f"{both[0]} and {both[1]} exclude each other"
        return None

    def _text(self, condition: Condition) -> str:
        return condition_text(condition, self.base.language)

    # -- duplicates, subsumption, contradicting conclusions ----------------------------------

    def _redundant(self) -> Iterator[Problem]:
        """Compare each rule with those that share its rarest condition; conditions are taken as sets."""
        bodies = [frozenset(rule.when) for rule in self.base.rules]
        users: dict[Condition, list[int]] = {}
        for number, body in enumerate(bodies):
            for condition in body:
                users.setdefault(condition, []).append(number)
        exclusive = {fact: group for group in self.base.exclusive for fact in group}
        for number, body in enumerate(bodies):
            others = {
                other
                for condition in body
                for other in users[condition]
                if len(users[condition]) < 500
            }
            for other in sorted(others):
                if other != number and bodies[other] <= body:
                    yield from self._pair(number, other, bodies, exclusive)

    def _pair(
        self, number: int, other: int, bodies: list[frozenset[Condition]],
        exclusive: dict[str, tuple[str, ...]],
    ) -> Iterator[Problem]:  # fmt: skip
        """What rule `number`, whose conditions include all of `other`'s, adds to it or says against it."""
        rule, general = self.base.rules[number], self.base.rules[other]
        same = bodies[number] == bodies[other]
        for fact in rule.then:
            if fact in general.then:
                opposed = rule.certainty * general.certainty < 0
                if same and number > other:
                    kind = "contradiction" if opposed else "duplicate"
                    text = "says the opposite of" if opposed else "is the same as"
                    yield self.problem(
                        rule.line, kind, f"{self._name(number)} {text} {self._name(other)}"
                    )
                elif not same and not self.base.uncertain:
                    yield self.problem(
                        rule.line, "subsumed",
                        f"{self._name(number)} adds nothing to {self._name(other)}, which asks for less",
                    )  # fmt: skip
            elif number > other or not same:
                clash = [f for f in general.then if f in exclusive.get(fact, ()) and f != fact]
                if clash:
                    yield self.problem(
                        rule.line, "contradiction",
                        f"{self._name(number)} concludes {fact!r} where {self._name(other)} concludes "
                        f"{clash[0]!r}: they exclude each other",
                    )  # fmt: skip

    def _name(self, number: int) -> str:
        return self.base.rule_name(number)

    # -- facts -------------------------------------------------------------------------------

    def _doubtful(self) -> Iterator[Problem]:
        """Leaves that look misspelt, or have no question where others have one; idle conclusions."""
        vocabulary = Vocabulary(self.base)
        concluded = {fact for rule in self.base.rules for fact in rule.then}
        first: dict[str, int] = {}
        for rule in self.base.rules:
            for leaf, _ in parts(rule.when):
                name = leaf.attribute if isinstance(leaf, Comparison) else leaf
                first.setdefault(name, rule.line)
        names = list(vocabulary.facts)
        trusted = concluded | set(self.base.questions)
        for name, line in first.items():
            if name in trusted:
                continue
            near = []
            if len(names) <= MOST_NAMES and len(name) > 2:
                near = [n for n in get_close_matches(name, names, n=3, cutoff=0.85) if n != name]
            if near and (not self.base.questions or near[0] in trusted):
                yield self.problem(
                    line, "unknown", f"no rule concludes {name!r}", did_you_mean(near)
                )
            elif self.base.questions:
                yield self.problem(
                    line, "unasked", f"{name!r} is concluded by no rule and has no question",
                    "add one under `questions`",
                )  # fmt: skip
        if self.base.goals:
            used = {*first, *self.base.goals}
            for rule in self.base.rules:
                if not used.intersection(rule.then):
                    yield self.problem(
                        rule.line, "idle", f"nothing is made of {rule.then[0]!r}: no rule and no goal",
                        "name it under `goals`, or remove the rule",
                    )  # fmt: skip
        for condition in self.program.atoms:
            if isinstance(condition, (All, Any)) and len(set(condition.items)) < len(
                condition.items
            ):
                yield self.problem(
                    1, "duplicate", f"{self._text(condition)} names a condition twice"
                )
