"""The dialogue, line by line."""

import json

import pytest

from lmcli.expert.dialogue.dialogue import Dialogue
from lmcli.expert.files.bases import open_base
from lmcli.expert.files.schema import loads
from lmcli.expert.language.match import Match, Matcher

BASE = """
name: little
rules:
- {if: [hair], then: mammal, explanation: Only mammals grow hair.}
- {if: [mammal, hooves], then: ungulate}
- {if: [ungulate, stripes], then: zebra}
- {if: [ungulate, "height > 4"], then: giraffe}
- {if: [mammal, {not: hooves}, roars], then: lion}
goals: [zebra, giraffe, lion]
questions: {hair: Is there hair?, height: How tall in metres?}
"""


@pytest.fixture
def dialogue():
    found = Dialogue(loads(BASE))
    list(found.open())
    return found


def say(dialogue, *lines):
    """The replies to the last of the lines."""
    for line in lines:
        replies = [reply.text for reply in dialogue.reply(line)]
    return replies


def test_a_dialogue_to_its_conclusion(dialogue):
    assert dialogue.question.subject == "hooves"
    say(dialogue, "yes")
    assert say(dialogue, "hair and stripes")[:3] == [
        "understood: hair, stripes",
        "so: mammal, ungulate",
        "Conclusion: zebra",
    ]
    assert say(dialogue, "how") == [
        "zebra (rule 3)",
        "  ungulate (rule 2)",
        "    mammal (rule 1): Only mammals grow hair.",
        "      hair (you said so)",
        "    hooves (you said so)",
        "  stripes (you said so)",
    ]


def test_a_conclusion_by_default_waits_for_the_question(dialogue):
    replies = say(dialogue, "hair", "roars")
    assert not any("lion" in reply for reply in replies)
    assert dialogue.question.subject == "hooves"
    assert "Conclusion: lion" in say(dialogue, "no")


def test_numbers_answer_attributes(dialogue):
    say(dialogue, "hair, hooves", "no stripes")
    assert dialogue.question.subject == "height"
    assert "number" in say(dialogue, "yes")[0]
    assert "Conclusion: giraffe" in say(dialogue, "4.5")


def test_undo_forget_and_what_no_longer_follows(dialogue):
    say(dialogue, "hair", "hooves")
    assert "no longer: ungulate" in say(dialogue, "undo")
    assert "no longer: mammal" in say(dialogue, "forget hair")
    assert say(dialogue, "facts")[0] == "Nothing is known yet."
    say(dialogue, "undo", "undo", "undo")
    assert say(dialogue, "undo") == ["There is nothing to take back."]


def test_changing_an_answer_retracts(dialogue):
    say(dialogue, "hair", "hooves", "stripes")
    replies = say(dialogue, "no stripes")
    assert "no longer: zebra" in replies
    assert dialogue.evidence.facts["stripes"] == -1


def test_why_names_the_rule_and_the_goals(dialogue):
    replies = say(dialogue, "hair", "why")
    assert replies[0].startswith("It can") and "zebra" in replies[0]
    assert any(reply == "rule 2: if mammal and hooves then ungulate" for reply in replies)


def test_why_not_shows_the_rule_and_the_cheapest_repair(dialogue):
    assert say(dialogue, "hair", "why not zebra") == [
        "rule 3 for zebra: ungulate [missing], stripes [missing]",
        "would follow with hooves, stripes",
        "Is this so: hooves?",
    ]
    assert "unlikely" not in say(dialogue, "why-not unicorn")[0]
    assert "not in little" in say(dialogue, "why-not unicorn")[0]


def test_unknown_answers_are_not_asked_again(dialogue):
    asked = []
    while dialogue.question:
        asked.append(dialogue.question.subject)
        replies = say(dialogue, "unknown")
    assert len(asked) == len(set(asked))
    assert replies[-1].startswith("Nothing can be concluded")


def test_a_contradiction_is_told(dialogue):
    say(dialogue, "no mammal")
    assert "but you said no to: mammal" in say(dialogue, "hair")


def test_meaning_is_confirmed_first():
    base = loads(BASE)
    matcher = Matcher(base)
    matcher._by_meaning = lambda sentence: [Match("hair", 1.0, sentence, score=0.8)]
    dialogue = Dialogue(base, matcher)
    list(dialogue.open())
    assert say(dialogue, "it is fluffy") == ["Do you mean: hair?"]
    assert dialogue.evidence.facts == {}
    assert say(dialogue, "yes")[0] == "so: mammal"
    say(dialogue, "undo", "it is fluffy", "no")
    assert dialogue.evidence.facts == {}


def test_sessions_are_saved_and_loaded(dialogue, tmp_path):
    path = tmp_path / "one.json"
    say(dialogue, "hair, no roars", "unknown", f"save {path}")
    other = Dialogue(loads(BASE))
    list(other.open())
    assert say(other, f"load {path}")[0] == f"loaded {path}"
    assert other.evidence == dialogue.evidence
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "base": "other"}))
    assert "belongs to the base 'other'" in say(other, f"load {path}")[0]
    path.write_text(json.dumps({**content, "facts": {"wings": 1.0}}))
    assert "'wings' is not in little" in say(other, f"load {path}")[0]
    path.write_text(json.dumps({**content, "facts": 3}))
    assert "damaged" in say(other, f"load {path}")[0]
    (tmp_path / "notes.txt").write_text("mine")
    assert "no session" in say(other, f"save {tmp_path / 'notes.txt'}")[0]
    assert "No such file" in say(other, f"load {tmp_path / 'none'}")[0]


def test_words_that_need_an_object_and_restart(dialogue):
    assert say(dialogue, "forget") == ["Which one? forget FACT"]
    assert "You have said nothing" in say(dialogue, "forget hair")[0]
    assert say(dialogue, "how")[0] == "Nothing has been concluded yet."
    say(dialogue, "hair", "restart")
    assert dialogue.evidence.facts == {}
    say(dialogue, "quit")
    assert dialogue.finished


def test_more_goes_on_after_a_conclusion():
    base = loads("rules:\n- {if: [a], then: x}\n- {if: [b], then: y}")
    dialogue = Dialogue(base)
    list(dialogue.open())
    assert "Conclusion: x" in say(dialogue, "a")
    assert dialogue.question is None
    say(dialogue, "more")
    assert dialogue.question.subject == "b"
    assert say(dialogue, "yes") == [
        "Conclusion: x",
        "rule 1: if a then x",
        "Conclusion: y",
        "rule 2: if b then y",
        "No further question can change anything.",
    ]


def test_the_chinese_dialogue():
    dialogue = Dialogue(open_base("animals-zh"))
    list(dialogue.open())
    assert say(dialogue, "它有条纹和蹄子")[0] == "理解为：黑条纹、有蹄"
    assert say(dialogue, "为什么")[0].startswith("它可以区分：斑马")
    assert say(dialogue, "是") == [
        "所以：哺乳动物、有蹄类",
        "结论：斑马",
        "规则10：如果有蹄类且黑条纹，则斑马",
        "（“依据”说明理由，“继续”接着提问，“重来”重新开始）",
    ]
    assert say(dialogue, "依据")[0] == "斑马 (规则10)"


def test_a_medical_dialogue_names_certainties_and_the_notice():
    dialogue = Dialogue(open_base("medical"))
    assert any("no medical advice" in line.text for line in dialogue.open())
    say(dialogue, "I have a fever, a headache and a stiff neck")
    replies = say(dialogue, "facts")
    assert replies[0] == "yes:     fever, headache, stiff neck"
    assert any("meningitis (0.85)" in line.text for line in dialogue._ask())
