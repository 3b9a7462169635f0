"""CLIPS import: conclusions against clipspy itself, and what is refused."""

import random

import pytest
from hypothesis import given, settings

from lmcli.expert.chaining import infer
from lmcli.expert.clips.clips import read_clips
from lmcli.expert.files.schema import loads
from lmcli.expert.files.writing import dump
from lmcli.expert.model import All, Any, Condition, Evidence, Not, RuleBase
from lmcli.frame.errors import BadInput
from tests.conftest import peer
from tests.expert.bases import DERIVED, LEAVES, SEEDS, concluded


def pattern(condition: Condition) -> str:
    """A condition in CLIPS' syntax."""
    if isinstance(condition, str):
        return f"({condition})"
    if isinstance(condition, Not):
        return f"(not {pattern(condition.item)})"
    head = "and" if isinstance(condition, All) else "or"
    return f"({head} {' '.join(map(pattern, condition.items))})"


def source(seed: int) -> str:
    """A random rule set: nested and/or, not over lower strata, which CLIPS is told to work off first."""
    rng = random.Random(seed)
    leaves = [name.replace(" ", "-") for name in LEAVES]
    levels = {name: rng.randint(0, 2) for name in DERIVED}
    rules = []
    for number in range(rng.randint(1, 14)):
        head = rng.choice(DERIVED)
        below = leaves + [name for name in DERIVED if levels[name] < levels[head]]
        same = leaves + [name for name in DERIVED if levels[name] <= levels[head]]
        parts = []
        for _ in range(rng.randint(1, 3)):
            kind = rng.random()
            if kind < 0.55:
                parts.append(rng.choice(same))
            elif kind < 0.75:
                parts.append(Not(rng.choice(below)))
            else:
                parts.append(rng.choice([All, Any])(tuple(rng.choices(same, k=2))))
        when = " ".join(map(pattern, parts))
        salience = f"(declare (salience {-levels[head]}))"
        rules.append(f"(defrule r{number} {salience} {when} => (assert ({head})))")
    facts = " ".join(f"({leaf})" for leaf in leaves if rng.random() < 0.4)
    return f"(deffacts start (go) {facts})\n" + "\n".join(rules)


def by_clips(text: str) -> set[str]:
    """What CLIPS concludes."""
    import clips

    environment = clips.Environment()
    for form in text.split("\n"):
        environment.build(form)
    environment.reset()
    environment.run()
    return {str(fact).strip("()") for fact in environment.facts()} - {"initial-fact"}


@pytest.mark.peer
@settings(max_examples=1000, deadline=None)
@given(SEEDS)
def test_conclusions_equal_clips(seed):
    peer("clips")
    text = source(seed)
    base = read_clips(text)
    assert concluded(base, infer(base, Evidence())) == by_clips(text)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_what_is_imported_can_be_written_and_read(seed):
    base = read_clips(source(seed))
    again = loads(dump(base))
    assert concluded(again, infer(again, Evidence())) == concluded(base, infer(base, Evidence()))


def test_names_comments_and_explanations_are_kept():
    text = """
    ; the course's example
    (deffacts seen (has hair) (has hooves) (black stripes))
    (defrule mammal "Only mammals grow hair." (has hair) => (assert (mammal)) (printout t "a mammal" crlf))
    (defrule zebra (declare (salience 5)) (and (mammal) (has hooves)) (black stripes) => (assert (zebra)))
    """
    base = read_clips(text)
    assert concluded(base, infer(base, Evidence())) >= {"mammal", "zebra"}
    assert base.rules[3].name == "mammal" and base.rules[3].explanation == "Only mammals grow hair."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(defrule r (a ?x) => (assert (b)))", "x:1: the pattern '?x' cannot be imported"),
        ("(defrule r\n (a)\n =>\n (retract 1))", "x:4: (retract ...) cannot be imported"),
        ("(defrule r (test (> 1 2)) => (assert (b)))", "x:1: (test ...) cannot be imported"),
        ("(defrule r (p (slot 1)) => (assert (b)))", "x:1: the slot (slot ...) cannot be imported"),
        ("(deftemplate t (slot a))", "x:1: (deftemplate ...) cannot be imported"),
        ("(defrule r (a) => (assert (b))", "x:1: a ( is not closed"),
        ("(a))", "x:1: (a ...) cannot be imported"),
        (")", "x:1: a ) without its ("),
        ('(defrule r (a "b) => (assert (b)))', "x:1: a string is not closed"),
        ("(defrule r (a))", "x:1: the rule 'r' needs one =>"),
        ("(defrule r (a) => (printout t 1))", "x:1: the rule 'r' asserts nothing"),
        ("hello", "x:1: 'hello' stands outside of parentheses"),
        ("", "x:1: no defrule in it"),
        ("(" * 500, "x:1: nested deeper than 100 levels"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(BadInput) as caught:
        read_clips(text, "x")
    assert message in str(caught.value)


def test_an_empty_base_of_facts():
    base = read_clips("(deffacts x (a) (b))")
    assert isinstance(base, RuleBase)
    assert concluded(base, infer(base, Evidence())) == {"a", "b"}
