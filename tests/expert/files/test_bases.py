"""The bundled bases: the course's rules exactly, enough goals, and each goal within reach."""

import pytest

from lmcli.expert.analysis.repair import repairs
from lmcli.expert.chaining import infer
from lmcli.expert.files.bases import bundled, open_base
from lmcli.expert.model import Evidence
from lmcli.expert.program import program_of
from lmcli.expert.terms import Vocabulary
from lmcli.frame.errors import BadInput
from tests.expert.test_chaining import COURSE


def test_the_names():
    assert bundled() == ["animals", "animals-zh", "medical", "medical-zh"]


def test_the_courses_ten_rules_stand_first():
    base = open_base("animals-zh")
    assert [(list(rule.when), rule.then[0]) for rule in base.rules[:10]] == COURSE
    assert base.goals[:4] == ("豹子", "老虎", "长颈鹿", "斑马")


@pytest.mark.parametrize(
    ("name", "symptoms", "illness"),
    [
        ("medical", ("cough", "fever"), "influenza"),
        ("medical", ("headache", "vomiting"), "meningitis"),
        ("medical", ("cough for over three weeks", "night sweats"), "tuberculosis"),
        ("medical-zh", ("咳嗽", "发烧"), "流感"),
        ("medical-zh", ("头痛", "呕吐"), "脑膜炎"),
        ("medical-zh", ("持续咳嗽", "夜间盗汗"), "肺结核"),
    ],
)
def test_the_courses_illnesses(name, symptoms, illness):
    base = open_base(name)
    assert infer(base, Evidence.of(*symptoms)).holds(program_of(base).index[illness])


@pytest.mark.parametrize(("name", "least"), [("animals", 60), ("medical", 28)])
def test_both_languages_have_the_same_rules(name, least):
    english, chinese = open_base(name), open_base(f"{name}-zh")
    assert len(english.goals) == len(chinese.goals) >= least
    shape = [[len(rule.when), rule.certainty, bool(rule.explanation)] for rule in english.rules]
    assert shape == [[len(r.when), r.certainty, bool(r.explanation)] for r in chinese.rules]
    assert len(english.questions) == len(chinese.questions)


@pytest.mark.parametrize("name", ["animals", "medical", "animals-zh", "medical-zh"])
def test_every_goal_is_reached_by_its_cheapest_facts(name):
    base = open_base(name)
    vocabulary = Vocabulary(base)
    for goal in base.goals:
        (repair,) = repairs(base, Evidence(), goal, 1)
        assert infer(base, vocabulary.evidence(repair.add)).holds(program_of(base).index[goal])


@pytest.mark.parametrize("name", ["animals", "animals-zh"])
def test_an_animals_cheapest_facts_give_no_other_animal(name):
    base = open_base(name)
    for goal in base.goals:
        (repair,) = repairs(base, Evidence(), goal, 1)
        model = infer(base, Vocabulary(base).evidence(repair.add))
        assert [
            program_of(base).name(atom) for atom in program_of(base).goals() if model.holds(atom)
        ] == [goal]


def test_what_can_be_observed_can_be_asked():
    for name in bundled():
        base = open_base(name)
        leaves = {
            program_of(base).name(a)
            for a in range(len(program_of(base).atoms))
            if program_of(base).is_leaf(a)
        }
        subjects = {leaf.split(" >")[0].split(" <")[0] for leaf in leaves}
        assert subjects <= set(base.questions)


def test_a_base_that_is_not_there():
    with pytest.raises(BadInput, match=r"no rule base 'animls'; did you mean animals"):
        open_base("animls")
