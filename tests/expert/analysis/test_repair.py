"""Why not: repairs are tried on the engine, and compared with all changes of up to three answers."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings

from lmcli.expert.analysis.repair import attempts, repairs
from lmcli.expert.analysis.search import Search
from lmcli.expert.chaining import infer
from lmcli.expert.model import Comparison, Evidence, Not, Rule, RuleBase
from lmcli.expert.program import program_of
from lmcli.expert.terms import value_of
from lmcli.frame.errors import NoAnswer
from tests.expert.bases import DERIVED, LEAVES, cases, positive_bases, rescan, stratified_bases


def cheapest(base, evidence, goal, levels, most=3):
    """The least number of answers to change so that the goal follows, None above `most`."""
    concluded = {fact for rule in base.rules for fact in rule.then}
    leaves = [fact for fact in [*LEAVES, *DERIVED] if fact not in concluded]
    choices = {leaf: [{leaf: 1.0}, {leaf: None}] for leaf in leaves}
    choices["t"] = [{"t": value} for value in (36.0, 38.0, 40.0, None)]
    choices["colour"] = [{"colour": value} for value in ("red", "blue", None)]
    for cost in range(1, most + 1):
        for subjects in combinations(choices, cost):
            for change in product(*(choices[subject] for subject in subjects)):
                merged = {**evidence.facts, **evidence.values}
                for part in change:
                    merged.update(part)
                kept = {name: value for name, value in merged.items() if value is not None}
                case = Evidence(
                    {name: value for name, value in kept.items() if name in leaves},
                    {name: value for name, value in kept.items() if name not in leaves},
                )
                if goal in rescan(base, case, levels):
                    return cost
    return None


def applied(evidence, repair):
    """The case with a repair made."""
    facts = {fact: 1.0 for fact in evidence.facts if fact not in repair.remove}
    values = {name: value for name, value in evidence.values.items() if name not in repair.remove}
    for word in repair.add:
        name, sign, text = word.partition("=")
        if sign:
            values[name] = value_of(text)
        else:
            facts[word] = 1.0
    return Evidence(facts, values)


def judge(base, evidence, levels):
    for goal in DERIVED[:4]:
        atom = program_of(base).index.get(goal)
        if atom is None or infer(base, evidence).holds(atom):
            continue
        found = repairs(base, evidence, goal)
        for repair in found:
            assert goal in rescan(base, applied(evidence, repair), levels)
            assert repair.cost == len(
                {word.partition("=")[0] for word in (*repair.add, *repair.remove)}
            )
        assert [repair.cost for repair in found] == sorted(repair.cost for repair in found)
        best = cheapest(base, evidence, goal, levels)
        if best is not None:
            assert found, (goal, best)
            assert found[0].cost == best


@settings(max_examples=40, deadline=None)
@given(positive_bases, cases)
def test_cheapest_repairs_of_plain_rules(base, evidence):
    judge(base, evidence, {})


@settings(max_examples=40, deadline=None)
@given(stratified_bases, cases)
def test_cheapest_repairs_with_not_and_comparisons(drawn, evidence):
    judge(*drawn[:1], evidence, drawn[1])


def test_repairs_name_values_and_what_to_give_up():
    rules = [
        Rule(
            (Comparison("t", ">=", 38.0), Comparison("t", "<", 39.0), Not("vaccinated")), ("flu",)
        ),
        Rule(("cough", "shivers", "aches"), ("flu",)),
    ]
    base = RuleBase("x", rules)
    evidence = Evidence({"vaccinated": 1.0}, {"t": 36.5})
    first, second = repairs(base, evidence, "flu")
    assert (first.cost, first.add, first.remove) == (2, ("t=38",), ("vaccinated",))
    assert (second.cost, second.add) == (3, ("cough", "shivers", "aches"))


def test_attempts_tell_what_each_rule_lacks():
    base = RuleBase("x", [Rule(("a", "b"), ("c",), "first"), Rule((Not("a"),), ("c",), "second")])
    model = infer(base, Evidence.of("a", "z"))
    first, second = attempts(base, model, "c")
    assert [(c.condition, c.state) for c in first.conditions] == [("a", "holds"), ("b", "missing")]
    assert [(c.condition, c.state) for c in second.conditions] == [("not a", "blocked")]


def test_what_follows_needs_no_repair():
    base = RuleBase.of_pairs([(["a"], "x")])
    with pytest.raises(NoAnswer, match="does follow"):
        repairs(base, Evidence.of("a"), "x")


def test_the_impossible_has_no_repair():
    base = RuleBase.of_pairs([(["a", Not("a")], "x"), (["y"], "z"), (["z"], "y")])
    assert repairs(base, Evidence(), "x") == []
    assert repairs(base, Evidence(), "y") == []


@settings(max_examples=100, deadline=None)
@given(positive_bases, cases)
def test_a_search_that_stops_early_still_gives_a_way(base, evidence):
    for goal in DERIVED[:3]:
        atom = program_of(base).index.get(goal)
        if atom is None or infer(base, evidence).holds(atom):
            continue
        solution = Search(base, evidence, atom).greedy()
        best = next(Search(base, evidence, atom).run(), None)
        assert (solution is None) == (best is None)
        if solution and best:
            assert goal in rescan(base, solution.evidence, {})
            assert len(solution.words[0]) >= len(best.words[0])


def test_repairs_say_when_they_are_not_proven(monkeypatch):
    base = RuleBase.of_pairs([(["a", "b"], "x"), (["x", "c"], "y")])
    assert repairs(base, Evidence(), "y")[0].proven
    monkeypatch.setattr("lmcli.expert.analysis.search.EFFORT", 1)
    (repair,) = repairs(base, Evidence(), "y")
    assert (set(repair.add), repair.proven) == ({"a", "b", "c"}, False)
