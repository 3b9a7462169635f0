"""One spelling for each name, at every door."""

import json

import pytest

from lmcli.expert.analysis.check import check_file
from lmcli.expert.dialogue.dialogue import Dialogue
from lmcli.expert.files.schema import loads
from lmcli.expert.language.normal import composed, fold, plain
from lmcli.frame.errors import BadInput
from tests.conftest import ROOT

CASES = ROOT / "tests" / "cases" / "symbolic"
DECOMPOSED = "Andre\u0301"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("体温　＞　４０", "体温 > 40"),
        ("ｃｏｕｇｈ", "cough"),
        (DECOMPOSED, "André"),
        ("39½ °C", "39.5 °C"),
        ("38¼", "38.25"),
        ("10³", "10^3"),
        ("39℃", "39°C"),
        ("night\u00a0\u200bsweats", "night sweats"),
    ],
)
def test_plain(text, wanted):
    assert plain(text) == wanted


def test_words_for_people_keep_their_punctuation():
    assert composed("你发烧吗？（是，否）" + DECOMPOSED) == "你发烧吗？（是，否）André"


def test_case_folds_into_one_spelling():
    assert fold("STRASSE") == fold("straße")
    assert fold("İstanbul") == fold("i̇stanbul")


@pytest.mark.parametrize("fact", ["体温=41", "体温＝４１", "体温 = 41.0"])
def test_a_full_width_comparison_is_the_same(lmcli, fact):
    assert lmcli("expert", "infer", CASES / "fullwidth.yaml", fact).out == "发烧, 危险\n"


def test_check_says_what_it_changed_and_strict_does_not_mind(lmcli):
    problems = check_file(CASES / "fullwidth.yaml")
    assert [(p.line, p.severity, p.kind) for p in problems] == [(4, "note", "spelling")]
    assert "'体温 ＞ 40' is read as '体温 > 40'" in problems[0].message
    assert lmcli("expert", "check", CASES / "fullwidth.yaml", "--strict").code == 0
    assert lmcli("expert", "check", CASES / "accent.yaml").out == ""


@pytest.mark.parametrize("fact", ["André", DECOMPOSED, "ANDRÉ"])
def test_composed_and_decomposed_are_one_fact(lmcli, fact):
    assert lmcli("expert", "infer", CASES / "accent.yaml", fact).out == "friend\n"
    chat = lmcli("expert", "chat", CASES / "accent.yaml", "--words-only", stdin=f"{fact}\n")
    assert "Conclusion: friend" in chat.lines


def test_case_on_the_command_line_and_in_the_chat(lmcli):
    assert lmcli("expert", "infer", CASES / "accent.yaml", "STRASSE").out == "german\n"
    assert lmcli("expert", "infer", CASES / "accent.yaml", "i̇stanbul").out == "turkish\n"
    chat = lmcli("expert", "chat", CASES / "accent.yaml", "--words-only", stdin="İstanbul\n")
    assert "Conclusion: turkish" in chat.lines


def test_two_spellings_in_one_base_are_one_fact():
    base = loads(f"rules:\n- {{if: [{DECOMPOSED}], then: ａ}}\n- {{if: [a, André], then: b}}")
    assert base.rules[0].when == ("André",)
    assert base.rules[0].then == ["a"]
    with pytest.raises(BadInput, match="twice, in two spellings"):
        loads(f"rules:\n- {{if: [André], then: b}}\nsynonyms: {{André: x, {DECOMPOSED}: y}}")


def test_the_chat_and_its_sessions_take_any_spelling(tmp_path):
    base = loads("rules:\n- {if: [André, hat], then: b}")
    dialogue = Dialogue(base)
    list(dialogue.open())
    list(dialogue.reply(DECOMPOSED))
    assert dict(dialogue.evidence.facts) == {"André": 1.0}
    path = tmp_path / "s.json"
    list(dialogue.reply(f"save {path}"))
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "facts": {DECOMPOSED: 1.0}}), "utf-8")
    assert [line.text for line in dialogue.reply("ｆｏｒｇｅｔ André")]
    list(dialogue.reply(f"load {path}"))
    assert dict(dialogue.evidence.facts) == {"André": 1.0}


@pytest.mark.parametrize("sentence", ["体温41", "体温＝４１", "体温４１度", "体温四十一度"])
def test_chinese_names_are_read_in_a_base_of_another_language(lmcli, sentence):
    chat = lmcli("expert", "chat", CASES / "fullwidth.yaml", "--words-only", stdin=f"{sentence}\n")
    assert "Conclusion: 危险" in chat.lines
