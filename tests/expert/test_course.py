"""The course's own rules, in its own words and in near ones, as facts and as sentences."""

import pytest

from lmcli.expert.dialogue.dialogue import Dialogue
from lmcli.expert.files.bases import open_base
from lmcli.expert.terms import Vocabulary
from lmcli.expert.view.rows import evidence_of, inference

BASES = {name: open_base(name) for name in ("animals", "animals-zh", "medical", "medical-zh")}

EXAMPLES = [  # base, facts on the command line, a sentence, goal
    ("animals-zh", "有毛发、有蹄、黑条纹", "它有毛发，有蹄，还有黑条纹", "斑马"),
    ("animals-zh", "有乳、有蹄、黑条纹", "它有乳，有蹄，有黑条纹", "斑马"),
    ("animals-zh", "有毛发、反刍、黑条纹", "它有毛发，会反刍，有黑条纹", "斑马"),
    ("animals-zh", "有毛发、吃肉、黄褐色、暗斑点", "它有毛发，吃肉，黄褐色，身上有暗斑点", "豹子"),
    ("animals-zh", "有乳、有犬齿、有爪、眼向前方、黄褐色、黑条纹",
     "它有乳，有犬齿，有爪，眼向前方，黄褐色，有黑条纹", "老虎"),
    ("animals-zh", "有毛发、有蹄、长脖子、长腿、暗斑点", "它有毛发，有蹄，长脖子，长腿，暗斑点", "长颈鹿"),
    ("animals", "has hair, has hooves, black stripes", "it has hair, hooves and black stripes", "zebra"),
    ("animals", "gives milk, chews cud, black stripes",
     "it gives milk, chews the cud and has black stripes", "zebra"),
    ("animals", "has hair, eats meat, tawny, dark spots",
     "it has hair, eats meat, is tawny and has dark spots", "leopard"),
    ("animals", "has hair, eats meat, tawny, black stripes",
     "it has hair, eats meat, is tawny and has black stripes", "tiger"),
    ("animals", "has hair, has hooves, long neck, long legs, dark spots",
     "it has hair, hooves, a long neck, long legs and dark spots", "giraffe"),
    ("medical", "cough, fever", "I have a cough and a fever", "influenza"),
    ("medical", "headache, vomiting", "I have a headache and I am vomiting", "meningitis"),
    ("medical", "lasting cough, night sweats", "a lasting cough and night sweats", "tuberculosis"),
    ("medical", "persistent cough, sweating at night", "a persistent cough, sweating at night", "tuberculosis"),
    ("medical-zh", "咳嗽、发烧", "我咳嗽，发烧", "流感"),
    ("medical-zh", "头痛、呕吐", "我头痛，呕吐", "脑膜炎"),
    ("medical-zh", "持续咳嗽、夜间出汗", "持续咳嗽，夜间出汗", "肺结核"),
    ("medical-zh", "持续性咳嗽、夜间盗汗", "有持续性咳嗽和夜间盗汗", "肺结核"),
    ("medical-zh", "一直咳嗽、晚上出汗", "我一直咳嗽，晚上出汗", "肺结核"),
    ("medical-zh", "长期咳嗽、盗汗", "长期咳嗽还盗汗", "肺结核"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "facts", "sentence", "goal"), EXAMPLES)
def test_an_example_of_the_course(base, facts, sentence, goal):
    opened = BASES[base]
    found = inference(opened, evidence_of(Vocabulary(opened), facts))
    assert goal in [conclusion.fact for conclusion in found.conclusions]
    dialogue = Dialogue(opened)
    list(dialogue.open())
    list(dialogue.reply(sentence))
    again = inference(opened, dialogue.evidence)
    assert {c.fact for c in again.conclusions} == {c.fact for c in found.conclusions}
