"""Forward chaining against a naive re-scan, proofs against an independent checker."""

import random

import pytest
from hypothesis import given, settings

from lmcli.expert.chaining import infer
from lmcli.expert.model import Evidence, Not, Rule, RuleBase
from lmcli.expert.program import program_of
from lmcli.expert.proof import ABSENT, GIVEN, SEEN, lines, prove
from lmcli.frame.errors import BadInput, NoAnswer
from tests.expert.bases import (
    SEEDS,
    cases,
    concluded,
    positive_bases,
    rescan,
    stratified_bases,
    true,
)

COURSE = [
    (["有毛发"], "哺乳动物"),
    (["有乳"], "哺乳动物"),
    (["吃肉"], "食肉动物"),
    (["有犬齿", "有爪", "眼向前方"], "食肉动物"),
    (["哺乳动物", "有蹄"], "有蹄类"),
    (["哺乳动物", "反刍"], "有蹄类"),
    (["哺乳动物", "食肉动物", "黄褐色", "暗斑点"], "豹子"),
    (["哺乳动物", "食肉动物", "黄褐色", "黑条纹"], "老虎"),
    (["有蹄类", "长脖子", "长腿", "暗斑点"], "长颈鹿"),
    (["有蹄类", "黑条纹"], "斑马"),
]


def test_the_courses_script():
    base = RuleBase.of_pairs(COURSE)
    model = infer(base, Evidence.of("有毛发", "有蹄", "黑条纹"))
    names = [str(program_of(base).atoms[atom]) for atom in model.order]
    assert names == ["哺乳动物", "有蹄类", "斑马"]
    assert [str(program_of(base).atoms[goal]) for goal in program_of(base).goals()] == [
        "豹子",
        "老虎",
        "长颈鹿",
        "斑马",
    ]


@settings(max_examples=1000, deadline=None)
@given(stratified_bases, cases, SEEDS)
def test_conclusions_equal_a_rescan_in_any_order_of_rules(drawn, evidence, seed):
    base, levels = drawn
    expected = rescan(base, evidence, levels) & set(program_of(base).index)
    assert concluded(base, infer(base, evidence)) == expected
    rules = list(base.rules)
    random.Random(seed).shuffle(rules)
    other = RuleBase("shuffled", rules)
    assert concluded(other, infer(other, evidence)) == expected


def check(proof, base, evidence, known, proved):
    """A proof is right if each step is a rule of the base whose conditions its parts make true."""
    if proof.rule == GIVEN:
        assert evidence.facts.get(proof.fact, 0) > 0 or proof.fact.split()[0] in evidence.values
    elif proof.rule == ABSENT:
        assert proof.fact.removeprefix("not ") not in known
    elif proof.rule == SEEN:
        assert proof.fact in proved
    else:
        rule = next(r for n, r in enumerate(base.rules) if base.rule_name(n) == proof.rule)
        for part in proof.because:
            check(part, base, evidence, known, proved)
        shown = {part.fact for part in proof.because if part.rule not in (GIVEN, ABSENT)}
        shown |= {fact for fact in evidence.facts if fact in {part.fact for part in proof.because}}
        below = shown | (known - {proof.fact} if any(has_not(c) for c in rule.when) else set())
        assert proof.fact in rule.then
        assert all(true(condition, below, evidence) for condition in rule.when)
        proved.add(proof.fact)


def has_not(condition):
    return isinstance(condition, Not) or any(
        has_not(item) for item in getattr(condition, "items", ())
    )


@settings(max_examples=500, deadline=None)
@given(stratified_bases, cases)
def test_every_proof_tree_is_checked(drawn, evidence):
    base, levels = drawn
    known = rescan(base, evidence, levels)
    model = infer(base, evidence)
    for fact in known & set(program_of(base).index):
        check(prove(model, fact), base, evidence, known, set())


@settings(max_examples=200, deadline=None)
@given(positive_bases, cases)
def test_plain_rules_with_cycles(base, evidence):
    assert concluded(base, infer(base, evidence)) == rescan(base, evidence, {}) & set(
        program_of(base).index
    )


def test_a_fact_is_credited_to_the_first_rule_in_conflict_order():
    base = RuleBase.of_pairs([(["a"], "x"), (["a", "b"], "x"), (["b"], "y")])
    assert [line.rule for line in lines(prove(infer(base, Evidence.of("a", "b")), "x"))] == [
        "rule 1",
        "given",
    ]


def test_a_fact_twice_in_a_rule_counts_once():
    base = RuleBase.of_pairs([(["a", "a", "b"], "x")])
    assert not infer(base, Evidence.of("a")).order
    assert infer(base, Evidence.of("a", "b")).order


def test_several_conclusions_of_one_rule():
    base = RuleBase("two", [Rule(("a",), ("x", "y")), Rule(("x", "y"), ("z",))])
    assert concluded(base, infer(base, Evidence.of("a"))) == {"a", "x", "y", "z"}


def test_a_cycle_through_negation_is_refused_and_shown():
    base = RuleBase.of_pairs([((Not("b"),), "a"), (("a", "c"), "b")])
    with pytest.raises(BadInput, match="not stratified: not b <- b <- a <- not b"):
        infer(base, Evidence.of("c"))


def test_proving_what_does_not_follow():
    base = RuleBase.of_pairs([(["a"], "x")])
    with pytest.raises(NoAnswer):
        prove(infer(base, Evidence()), "x")


def test_a_long_chain_needs_no_recursion():
    pairs = [([f"f{n}"], f"f{n + 1}") for n in range(50_000)]
    random.Random(0).shuffle(pairs)
    base = RuleBase.of_pairs([*pairs, ([Not("f7")], "none")])
    assert len(infer(base, Evidence.of("f0")).order) == 50_000
