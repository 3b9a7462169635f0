"""The dialogue, line by line."""

import json

import pytest

from lmcli.expert.dialogue.dialogue import Dialogue
from lmcli.expert.files.bases import open_base
from lmcli.expert.files.schema import loads
from lmcli.expert.language.match import Matcher
from lmcli.expert.language.reading import Match

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


@pytest.fixture
def medical():
    found = Dialogue(open_base("medical"))
    list(found.open())
    return found


def test_what_is_not_stated_is_said_and_asked(medical):
    replies = say(medical, "my temperature has never been 39.5")
    assert replies == [
        "not taken as a fact: temperature: 39.5 (that says only what the value is not)",
        "What is the temperature in °C?",
    ]
    assert say(medical, "below 38")[0] == "understood: temperature < 38"
    assert medical.evidence.facts == {}
    replies = say(medical, "maybe I have a rash")
    assert replies[0] == "not taken as a fact: rash (it is not certain)"
    assert medical.question.subject == "rash"
    say(medical, "no")
    assert medical.evidence.facts == {"rash": -1.0}


def test_a_bound_that_does_not_decide_is_asked_again_with_what_is_known():
    dialogue = Dialogue(
        loads("rules:\n- {if: ['t >= 38'], then: fever}\n- {if: ['t >= 39'], then: high}")
    )
    list(dialogue.open())
    assert say(dialogue, "above 38") == [
        "understood: t > 38",
        "Conclusion: fever",
        "rule 1: if t >= 38 then fever",
        "(how explains it; more goes on; restart begins again)",
    ]
    assert say(dialogue, "more") == ["What is the t? (so far: > 38)"]
    assert "understood: t < 39" in say(dialogue, "it is below 39")
    assert say(dialogue, "facts")[0] == "yes:     t > 38, t < 39"


def test_yes_before_a_number_is_no_fact(medical):
    say(medical, "what about my temperature?")
    assert medical.question.subject == "temperature"
    say(medical, "no, 38.5")
    assert (dict(medical.evidence.facts), dict(medical.evidence.values)) == (
        {},
        {"temperature": 38.5},
    )


def test_another_person_is_asked_for_once(medical):
    replies = say(medical, "my son has a fever and a headache")
    assert replies == ["Is this consultation about the son: fever, headache?"]
    assert medical.evidence.facts == {}
    say(medical, "yes")
    assert medical.evidence.facts == {"fever": 1.0, "headache": 1.0}
    assert say(medical, "my son has a rash")[0] == "understood: rash"
    assert "not taken" not in "".join(say(medical, "my wife coughs"))
    assert "cough" not in medical.evidence.facts


def test_fahrenheit_is_converted_and_said(medical):
    assert say(medical, "my temperature is 102 °F")[:2] == [
        "understood: temperature = 38.89",
        "converted: 102 °F = 38.89 °C",
    ]
    assert "in which unit" in say(medical, "my temperature is 102")[0]
    assert "in which unit" in say(medical, "it is in Fahrenheit: a temperature of 40")[0]


def test_a_number_of_nothing_and_a_goal_are_said(medical):
    replies = say(medical, "I took 500 mg of paracetamol about 3 days ago")
    assert replies[0].startswith("not taken as a fact: 500 mg, about 3 days (I do not know")
    assert "concluded by rules" in say(medical, "I have hay fever")[0]
    assert "fever" not in medical.evidence.facts
    assert "name it: temperature, age" in say(medical, "below 38")[0]


def test_ranges_survive_a_saved_session(medical, tmp_path):
    path = tmp_path / "s.json"
    say(medical, "temperature between 38 and 39", f"save {path}")
    other = Dialogue(open_base("medical"))
    list(other.open())
    say(other, f"load {path}")
    assert other.evidence == medical.evidence
    content = json.loads(path.read_text())
    for bad in ([["=", 3]], [[">", 3], ["<", 2]], [3], {}):
        path.write_text(json.dumps({**content, "values": {"temperature": bad}}))
        assert "damaged" in say(other, f"load {path}")[0]


def test_the_chinese_dialogue_says_what_it_leaves_open():
    dialogue = Dialogue(open_base("medical-zh"))
    list(dialogue.open())
    assert say(dialogue, "体温从来没有39.5度") == [
        "没有当作事实：体温: 39.5度（这只说明了不是多少）",
        "体温是多少摄氏度？",
    ]
    assert say(dialogue, "没有超过38度")[0] == "理解为：体温 <= 38"
    assert say(dialogue, "我儿子咳嗽") == ["这次要判断的是儿子吗：咳嗽？"]
    say(dialogue, "不是")
    assert dialogue.evidence.facts == {}
    assert say(dialogue, "持续性咳嗽，晚上出汗")[0] == "理解为：持续咳嗽、夜间盗汗"


def test_a_line_beyond_measure_is_refused(medical):
    assert "too long" in say(medical, "cough " * 1000)[0]
    assert medical.evidence.facts == {}


def test_a_number_without_a_name_asks_for_the_only_attribute():
    dialogue = Dialogue(loads("rules:\n- {if: [a, 't >= 38'], then: b}\nquestions: {a: So?}"))
    list(dialogue.open())
    assert say(dialogue, "below 38") == [
        "not taken as a fact: t: below 38 (of what? name it: t)",
        "What is the t?",
    ]
    assert say(dialogue, "below 38")[0] == "understood: t < 38"
