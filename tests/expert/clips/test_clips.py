"""CLIPS import: conclusions against clipspy itself, and what is refused."""

import random
import time

import pytest
from hypothesis import given, settings

from lmcli.expert.chaining import infer
from lmcli.expert.clips.clips import read_clips
from lmcli.expert.files.schema import loads
from lmcli.expert.files.writing import dump
from lmcli.expert.model import All, Any, Condition, Evidence, Not, RuleBase
from lmcli.frame.errors import BadInput
from tests.conftest import ROOT, peer
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


@pytest.mark.slow
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
        ("(defrule r (a ?x) => (assert (b)))", "x:1: the rule 'r' is left out: the pattern '?x' "),
        ("(defrule r\n (a)\n =>\n (retract 1))", "x:4: the rule 'r' is left out: (retract ...) "),
        (
            "(defrule r (test (> 1 2)) => (assert (b)))",
            "x:1: the rule 'r' is left out: (test ...) ",
        ),
        ("(defrule r (p (slot 1)) => (assert (b)))", "the slot (slot ...) cannot be imported"),
        ("(deftemplate t (slot a))", "x:1: (deftemplate t) cannot be imported"),
        ("(defrule r (a) => (assert (b))", "x:1: a ( is not closed"),
        ("(a)", "x:1: (a ...) cannot be imported"),
        ("(a))", "x:1: a ) without its ("),
        (")", "x:1: a ) without its ("),
        ('(defrule r (a "b) => (assert (b)))', "x:1: a string is not closed"),
        ("(defrule r (a))", "x:1: the rule 'r' is left out: the rule 'r' without =>"),
        ("(defrule r (a) =>)", "the rule 'r' that asserts nothing cannot be imported"),
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


CASES = ROOT / "tests" / "cases" / "symbolic"


@pytest.mark.parametrize(
    ("case", "concluded_from_it"),
    [
        ("redefined-rule", "stay home"),
        ("number-spelling", "level matched, count matched"),
        ("string-and-symbol", "string seen"),
        ("print-only", "a zebra"),
        ("exists", "b"),
        ("bound-not-used", "b"),
    ],
)
def test_the_cases_conclude_what_clips_holds(lmcli, tmp_path, case, concluded_from_it):
    file = CASES / f"{case}.clp"
    result = lmcli("expert", "infer", file, "")
    assert (result.code, result.out) == (0, concluded_from_it + "\n"), result.err
    assert ("stands here again" in result.err) == (case == "redefined-rule")
    saved = tmp_path / "base.yaml"
    assert lmcli("expert", "import", file, "--save", saved).code == 0
    assert lmcli("expert", "infer", saved, "").out == concluded_from_it + "\n"


# what follows from each text, and what is said of it
TEXTS = {
    "a later deffacts of the same name takes the place of the first": (
        "(deffacts s (a)) (deffacts s (b)) (defrule r (a) => (assert (c)))",
        {"b"},
        ["the deffacts 's' stands here again"],
    ),
    "deffacts of two names add up": ("(deffacts s (a) (a)) (deffacts t (b))", {"a", "b"}, []),
    "an error in a deffacts takes all its facts": (
        "(deffacts s (a) (b ?x)) (deffacts t (c))",
        {"c"},
        ["the deffacts 's' is left out: the pattern '?x' cannot be imported"],
    ),
    "capitals tell facts apart": (
        "(deffacts s (A)) (defrule r (a) => (assert (b))) (defrule q (A) => (assert (B)))",
        {"A", "B"},
        [],
    ),
    "an integer, a float, a string and a symbol are four facts": (
        '(deffacts s (n 1)) (defrule a (n 1.0) => (assert (x))) (defrule b (n "1") => (assert (y)))'
        "(defrule c (n 01) => (assert (z)))",
        {"n 1", "z"},
        [],
    ),
    "a number beyond 64 bits is left out": (
        "(deffacts s (n 99999999999999999999)) (defrule r => (assert (b)))",
        {"b"},
        ["the number 99999999999999999999 cannot be imported"],
    ),
    "a rule without conditions": ("(defrule r => (assert (b)))", {"b"}, []),
    "forall": (
        "(deffacts s (a) (b)) (defrule r (forall (a) (b)) => (assert (c)))",
        {"a", "b", "c"},
        [],
    ),
    "an or of bound facts": (
        "(deffacts s (a)) (defrule r (or ?f <- (b) ?f <- (a)) => (assert (c)))",
        {"a", "c"},
        [],
    ),
    "a comment inside a rule": (
        "(deffacts s (a)) ; (b)\n(defrule r ; => (\n (a) => (assert (c)))",
        {"a", "c"},
        [],
    ),
    "the module MAIN": (
        "(defmodule MAIN (export ?ALL)) (deffacts MAIN::s (a)) (defrule MAIN::r (a) => (assert (b)))",
        {"a", "b"},
        [],
    ),
    "another module": (
        "(deffacts s (a)) (defmodule X) (defrule q (a) => (assert (d))) (defrule MAIN::r (a) => (assert (b)))",
        {"a", "b"},
        ["the module 'X'", "(defrule q) cannot be imported"],
    ),
    "old versions knew initial-fact": (
        "(deffacts s (a)) (defrule r (initial-fact) => (assert (b))) (defrule q (a) => (assert (c)))",
        {"a", "c"},
        ["the rule 'r' is left out: (initial-fact) holds in old versions of CLIPS alone"],
    ),
    "an initial-fact of its own": (
        "(deffacts s (initial-fact)) (defrule r (initial-fact) => (assert (b)))",
        {"initial-fact", "b"},
        [],
    ),
    "not, decided in order": (
        "(deffacts s (a)) (defrule r (declare (salience -1)) (not (b)) => (assert (c)))"
        "(defrule q (a) => (assert (b)))",
        {"a", "b"},
        [],
    ),
    "not, decided too early by its salience": (
        "(deffacts s (a)) (defrule r (declare (salience 10)) (not (b)) => (assert (c)))"
        "(defrule q (a) => (assert (b)))",
        {"a", "b"},
        ["the rule 'r' is left out: it denies (b), and CLIPS decides that by the order of firing"],
    ),
    "logical takes back": (
        "(deffacts s (a)) (defrule r (declare (salience 10)) (logical (not (b))) => (assert (c)))"
        "(defrule q (a) => (assert (b)))",
        {"a", "b"},
        [],
    ),
    "a fact that denies itself": (
        "(deffacts s (a)) (defrule r (a) (not (b)) => (assert (b)))",
        {"a"},
        ["it denies (b)"],
    ),
    "what is retracted, and what rests on it": (
        "(deffacts s (phase one) (a)) (defrule r ?f <- (phase one) => (retract ?f) (assert (phase two)))"
        "(defrule q (phase one) => (assert (b))) (defrule p (phase two) => (assert (c)))"
        "(defrule n (not (phase two)) => (assert (d))) (defrule o (a) => (assert (e)))",
        {"a", "e"},
        [
            "the rule 'r' is left out: (retract ...) cannot be imported",
            "the fact (phase one) is left out: the rule 'r', which is left out, may retract it",
            "the rule 'q' is left out: the rule 'r', which is left out, may retract (phase one)",
            "the rule 'p' is kept, but (phase two) may also come from the rule 'r', which is left out",
            "the rule 'n' is left out: it denies (phase two), which the rule 'r', left out, may assert",
        ],
    ),
    "a template and its facts": (
        "(deftemplate p (slot n)) (deffacts s (p (n 1)) (a)) (defrule r (p (n 1)) => (assert (b)))"
        "(defrule q (a) => (assert (c)))",
        {"a", "c"},
        ["(deftemplate p)", "the template fact (p ...)", "the rule 'r' is left out"],
    ),
    "halt ends what has no greater salience": (
        "(deffacts s (a)) (defrule h (a) => (halt)) (defrule r (a) => (assert (b)))"
        "(defrule q (declare (salience 1)) (a) => (assert (c)))",
        {"a", "c"},
        ["the rule 'h' is left out: (halt ...)", "the rule 'r' is left out: the rule 'h'"],
    ),
    "a printed text that is also a fact": (
        '(deffacts s (a)) (defrule r (a) => (printout t "b" crlf)) (defrule q (b) => (assert (c)))',
        {"a"},
        ["it only prints, and 'b' is a fact as well"],
    ),
    "a variable that is printed, not bound": (
        "(deffacts s (a)) (defrule r (a) => (printout t ?x) (assert (b)))",
        {"a"},
        ["'?x' cannot be imported"],
    ),
    "a redefinition with an error removes the rule": (
        "(deffacts s (a)) (defrule r (a) => (assert (b))) (defrule r (a) => (assert (b ?x)))",
        {"a"},
        ["the pattern '?x'"],
    ),
    "what is typed at the end": (
        "(deffacts s (a)) (defrule r (a) => (assert (b))) (reset) (run)",
        {"a", "b"},
        [],
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_follows_and_what_is_said(name):
    text, right, said = TEXTS[name]
    base = read_clips(text)
    held = concluded(base, infer(base, Evidence()))
    assert held == right
    messages = [remark.message for remark in base.remarks]
    assert len(messages) >= len(said) and bool(messages) == bool(said)
    for message in said:
        assert any(message in one for one in messages), messages


def test_what_is_left_out_is_said_by_every_command_and_the_rest_goes_on(lmcli, tmp_path):
    file, saved = tmp_path / "mixed.clp", tmp_path / "mixed.yaml"
    file.write_text(
        "(deffacts s (a))\n(defrule r (a ?x) => (assert (b)))\n(defrule q (a) => (assert (c)))\n"
    )
    said = "mixed.clp:2: the rule 'r' is left out: the pattern '?x' cannot be imported"
    commands = (
        ("infer", file, ""), ("how", file, "c", ""), ("show", file), ("import", file),
        ("chat", file, "--words-only"),
    )  # fmt: skip
    for words in commands:
        result = lmcli("expert", *words, stdin="c")
        assert result.code == 5 and said in result.err and "c" in result.out, words
    result = lmcli("expert", "import", file, "--save", saved)
    assert result.code == 5 and said in result.err
    assert lmcli("expert", "infer", saved, "").out == "c\n"
    checked = lmcli("expert", "check", file, "-f", "json")
    assert checked.code == 0 and "the rule 'r' is left out" in checked.out


@pytest.mark.parametrize(
    ("first", "rule"),
    [
        (
            "(x ?y) => (assert (f0))",
            "(declare (salience -{n})) (not (f{n}))",
        ),  # one leaves out the next
        ("(not (y)) => (assert (f0))", "(logical (not (f{n})))"),
    ],
)
def test_a_chain_of_rules_is_sorted_in_linear_time(first, rule):
    rules = [f"(defrule r{n} {rule.format(n=n)} => (assert (f{n + 1})))" for n in range(3000)]
    text = "\n".join([f"(defrule a {first})", *rules, "(defrule z (k) => (assert (l)))"])
    start = time.process_time()
    read_clips(text)
    assert (
        time.process_time() - start < 5
    )  # some .3 s; 38 s where each round looked at all rules again
