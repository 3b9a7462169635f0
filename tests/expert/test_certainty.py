"""Certainty factors: MYCIN's formulas, and the order of rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.expert.certainty import combined
from lmcli.expert.chaining import infer
from lmcli.expert.model import Any, Evidence, Not, Rule, RuleBase
from lmcli.expert.program import program_of
from lmcli.expert.proof import prove
from lmcli.frame.errors import BadInput

factors = st.floats(-0.99, 0.99)


def certainty(rules, facts, goal):
    base = RuleBase("cf", rules, uncertain=True)
    model = infer(base, Evidence(facts))
    return model.certainty(program_of(base).index[goal])


def test_two_rules_in_favour():
    rules = [Rule(("a",), ("x",), certainty=0.6), Rule(("b",), ("x",), certainty=0.5)]
    assert certainty(rules, {"a": 1.0, "b": 1.0}, "x") == pytest.approx(0.8)
    assert certainty(rules, {"a": 0.5, "b": 1.0}, "x") == pytest.approx(0.3 + 0.5 * 0.7)
    assert certainty(rules, {"a": 0.2, "b": 1.0}, "x") == pytest.approx(0.5)  # .2 is not believed


def test_for_and_against():
    rules = [Rule(("a",), ("x",), certainty=0.8), Rule(("b",), ("x",), certainty=-0.4)]
    assert certainty(rules, {"a": 1.0, "b": 1.0}, "x") == pytest.approx(0.4 / 0.6)
    assert certainty(rules, {"b": 1.0}, "x") == pytest.approx(-0.4)


def test_the_weakest_condition_and_the_strongest_alternative():
    rules = [Rule((Any(("a", "b")), "c"), ("x",), certainty=0.5)]
    assert certainty(rules, {"a": 0.4, "b": 0.8, "c": 0.9}, "x") == pytest.approx(0.4)
    assert certainty([Rule((Not("a"),), ("x",), certainty=0.5)], {"a": 0.2}, "x") == 0.5
    assert certainty([Rule((Not("a"),), ("x",), certainty=0.5)], {"a": 0.3}, "x") == 0


def test_a_definite_answer_stands():
    rules = [Rule(("a",), ("x",), certainty=0.9)]
    assert certainty(rules, {"a": 1.0, "x": -1.0}, "x") == -1


def test_cycles_are_refused_and_shown():
    with pytest.raises(BadInput, match=r"x <- y <- x|y <- x <- y"):
        certainty([Rule(("x",), ("y",)), Rule(("y",), ("x",))], {}, "x")


def test_the_proof_names_every_rule_that_spoke():
    base = RuleBase(
        "cf", [Rule(("a",), ("x",), "one", 0.6), Rule(("b",), ("x",), "two", 0.5)], uncertain=True
    )
    proof = prove(infer(base, Evidence.of("a", "b")), "x")
    assert [support.rule for support in proof.supports] == ["one", "two"]
    total = 0.0
    for support in proof.supports:
        total = combined(total, support.certainty)
    assert proof.certainty == pytest.approx(total) == pytest.approx(0.8)


@given(factors, factors, factors)
def test_combination_is_commutative_and_bounded(x, y, z):
    assert combined(x, y) == pytest.approx(combined(y, x))
    assert -1 <= combined(combined(x, y), z) <= 1
    assert combined(x, 0.0) == pytest.approx(x)
