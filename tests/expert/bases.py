"""Random bases for hypothesis, and slow references that are plainly right."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from lmcli.expert.model import All, Any, Comparison, Condition, Evidence, Not, Rule, RuleBase
from lmcli.expert.program import program_of

LEAVES = [f"leaf {n}" for n in range(6)]
DERIVED = [f"d{n}" for n in range(8)]


SEEDS = st.integers(0, 2**32)


def positive(seed: int, leaves=LEAVES, derived=DERIVED, most=14) -> RuleBase:
    """Plain rules, cycles included."""
    rng = random.Random(seed)
    names = [*leaves, *derived]
    return RuleBase.of_pairs(
        [
            (rng.choices(names, k=rng.choice([0, 1, 1, 2, 2, 2, 3, 3, 3])), rng.choice(derived))
            for _ in range(rng.randint(1, most))
        ],
        f"seed {seed}",
    )


def stratified(seed: int, most=12) -> tuple[RuleBase, dict[str, int]]:
    """Rules with all, any, not and comparisons; a `not` only denies facts of a lower stratum."""
    rng = random.Random(seed)
    levels = {name: rng.randint(0, 2) for name in DERIVED}
    observed: list[Condition] = [*LEAVES, Comparison("colour", "=", "red")]
    observed += [Comparison("t", op, float(value)) for op in ("<", ">=") for value in (37, 39)]
    rules = []
    for _ in range(rng.randint(1, most)):
        head = rng.choice(DERIVED)
        below = [*observed, *(name for name in DERIVED if levels[name] < levels[head])]
        same = [*observed, *(name for name in DERIVED if levels[name] <= levels[head])]

        def literal(below=below, same=same) -> Condition:
            return Not(rng.choice(below)) if rng.random() < 0.35 else rng.choice(same)

        def part(literal=literal) -> Condition:
            if rng.random() < 0.6:
                return literal()
            kind = rng.choice([All, Any])
            return kind(tuple(literal() for _ in range(rng.randint(1, 3))))

        size = 0 if rng.random() < 0.08 else rng.randint(1, 3)
        rules.append(Rule(tuple(part() for _ in range(size)), (head,)))
    return RuleBase(f"seed {seed}", rules), levels


def case(seed: int) -> Evidence:
    """Some leaves and attributes."""
    rng = random.Random(seed)
    facts = {fact: 1.0 for fact in LEAVES if rng.random() < 0.4}
    values: dict[str, float | str] = {}
    if rng.random() < 0.6:
        values["t"] = rng.choice([36.0, 38.0, 40.0])
    if rng.random() < 0.6:
        values["colour"] = rng.choice(["red", "blue"])
    return Evidence(facts, values)


positive_bases = SEEDS.map(positive)
stratified_bases = SEEDS.map(stratified)
cases = SEEDS.map(case)


def true(condition: Condition, known: set[str], evidence: Evidence) -> bool:
    """A condition's truth, read off its definition."""
    if isinstance(condition, str):
        return condition in known
    if isinstance(condition, Comparison):
        value = evidence.values.get(condition.attribute)
        return value is not None and condition.holds(value)
    if isinstance(condition, Not):
        return not true(condition.item, known, evidence)
    return (all if isinstance(condition, All) else any)(
        true(i, known, evidence) for i in condition.items
    )


def rescan(base: RuleBase, evidence: Evidence, levels: dict[str, int]) -> set[str]:
    """What follows, by going over all rules of each stratum again and again."""
    known = {fact for fact, certainty in evidence.facts.items() if certainty > 0}
    for level in range(max(levels.values(), default=0) + 1):
        grown = True
        while grown:
            grown = False
            for rule in base.rules:
                fact = rule.then[0]
                due = levels.get(fact, 0) == level and fact not in known
                if due and all(true(condition, known, evidence) for condition in rule.when):
                    known.add(fact)
                    grown = True
    return known


def concluded(base: RuleBase, model) -> set[str]:
    """All facts that a model holds."""
    return {
        str(a)
        for n, a in enumerate(program_of(base).atoms)
        if isinstance(a, str) and model.holds(n)
    }
