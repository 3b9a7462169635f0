"""Backward chaining asks all that can still matter; a dialogue that asks no more ends where all answers would."""

import random
from itertools import product

from hypothesis import given, settings

from lmcli.expert.backward import Outlook
from lmcli.expert.chaining import infer
from lmcli.expert.dialogue.gain import rank
from lmcli.expert.model import Comparison, Evidence, Not, Rule, RuleBase
from lmcli.expert.program import program_of
from tests.expert.bases import DERIVED, LEAVES, SEEDS, cases, stratified_bases


def goal_values(base, evidence):
    model = infer(base, evidence)
    return [model.holds(goal) for goal in program_of(base).goals()]


@settings(max_examples=80, deadline=None)
@given(stratified_bases, cases)
def test_a_question_that_is_not_asked_cannot_matter(drawn, evidence):
    base, _ = drawn
    half = Evidence(dict.fromkeys(list(evidence.facts)[:2], 1.0), evidence.values)
    asked = set(Outlook(base, half).questions(program_of(base).goals()))
    leaves = [leaf for leaf in LEAVES if leaf in program_of(base).index and leaf not in half.facts]
    for answers in product((1.0, -1.0), repeat=len(leaves)):
        full = Evidence({**half.facts, **dict(zip(leaves, answers, strict=True))}, half.values)
        for leaf in leaves:
            if leaf not in asked:
                flipped = Evidence({**full.facts, leaf: -full.facts[leaf]}, full.values)
                assert goal_values(base, full) == goal_values(base, flipped)


@settings(max_examples=150, deadline=None)
@given(stratified_bases, SEEDS)
def test_asking_until_nothing_matters_equals_knowing_all(drawn, seed):
    base, _ = drawn
    rng = random.Random(seed)
    truth = {leaf: rng.choice([1.0, -1.0]) for leaf in [*LEAVES, *DERIVED]}
    values = {"t": rng.choice([36.0, 38.0, 40.0]), "colour": rng.choice(["red", "blue"])}
    whole = {
        f: c
        for f, c in truth.items()
        if f in program_of(base).index and program_of(base).is_leaf(program_of(base).index[f])
    }
    facts, known, asked = {}, {}, 0
    while questions := rank(base, Evidence(facts, known)):
        subject = questions[0].subject
        (known if subject in values else facts)[subject] = {**truth, **values}[subject]
        asked += 1
        assert asked <= len(truth) + 2
    assert goal_values(base, Evidence(facts, known)) == goal_values(base, Evidence(whole, values))


def test_a_denied_condition_closes_the_way():
    base = RuleBase.of_pairs([(["a", "b"], "x"), (["c", "d"], "x")])
    goal = program_of(base).goals()
    assert Outlook(base, Evidence()).questions(goal) == ["a", "b", "c", "d"]
    assert Outlook(base, Evidence({"a": -1.0})).questions(goal) == ["c", "d"]
    assert Outlook(base, Evidence(unknown=frozenset({"a"}))).questions(goal) == ["c", "d"]
    assert Outlook(base, Evidence({"a": 1.0, "b": 1.0})).questions(goal) == []


def test_an_exclusive_fact_closes_the_ways_of_the_others():
    base = RuleBase.of_pairs(
        [(["fur"], "mammal"), (["feathers"], "bird"), (["bird", "swims"], "penguin")]
    )
    base.exclusive = (("mammal", "bird"),)
    assert "swims" in Outlook(base, Evidence()).questions([program_of(base).index["penguin"]])
    assert Outlook(base, Evidence.of("fur")).questions([program_of(base).index["penguin"]]) == []


def test_an_attribute_is_asked_once():
    rules = [
        Rule((Comparison("t", ">", 38.0), Comparison("t", "<", 42.0), Not("well")), ("fever",))
    ]
    base = RuleBase("x", rules)
    assert Outlook(base, Evidence()).questions(program_of(base).goals()) == ["t", "well"]
    assert Outlook(base, Evidence(values={"t": 37.0})).questions(program_of(base).goals()) == []


def test_the_question_that_splits_the_goals_comes_first():
    pairs = [(["big", "red"], "a"), (["big", "blue"], "b"), (["small", "red"], "c"), (["odd"], "d")]
    ranked = rank(RuleBase.of_pairs(pairs), Evidence())
    assert ranked[0].subject in ("big", "red")
    assert ranked[0].gain > ranked[-1].gain > 0
    assert ranked[-1].subject in ("odd", "small", "blue")


def test_certainties_keep_a_goal_open_until_it_is_sure():
    rules = [Rule(("a",), ("x",), certainty=0.6), Rule(("b",), ("x",), certainty=0.7)]
    base = RuleBase("cf", rules, uncertain=True)
    assert Outlook(base, Evidence.of("a")).questions(program_of(base).goals()) == ["b"]
    assert Outlook(base, Evidence({"a": 1.0, "b": -1.0})).questions(program_of(base).goals()) == []
