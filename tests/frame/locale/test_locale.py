"""What people read, in Chinese: complete, and nothing of what machines read changed."""

import json
import re
import tomllib

import pytest

from lmcli.frame.locale import language_of, said, speak, told
from lmcli.frame.locale.catalogue import gaps, numbers, texts, translated
from tests.conftest import ROOT
from tests.e2e.strings import help_texts, messages, prose
from tests.e2e.tree import commands

MODELS = ROOT / "models"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv("LMCLI_LANG", "zh")
    yield
    speak("en")


def test_the_language_is_that_of_the_variable_else_of_the_locale():
    assert language_of({"LANG": "zh_CN.UTF-8"}) == "zh" and language_of({"LANG": "de_DE"}) == "en"
    assert language_of({"LANG": "zh_CN", "LMCLI_LANG": "en"}) == "en" and language_of({}) == "en"


def test_every_text_of_the_help_is_in_the_catalogue():
    assert sorted(set(help_texts()) - texts("zh").keys()) == []


def test_every_message_of_the_source_is_in_the_catalogue():
    known = texts("zh")
    assert [f"{place}: {text}" for text, place in messages() if text not in known] == []


def test_what_views_say_is_told_or_at_least_in_the_catalogue():
    known = texts("zh")
    assert [f"{place}: {text}" for text, place in prose() if text not in known] == []


def test_the_summaries_of_models_are_in_the_catalogue():
    known = texts("zh")
    specs = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in MODELS.glob("*/model.toml")
    ]
    assert specs and [one["summary"] for one in specs if one["summary"] not in known] == []


def test_translations_take_each_part_once_and_leave_braces_of_the_users_alone():
    for source, target in texts("zh").items():
        found = list(numbers(target))
        assert len(found) == len(set(found)), source
        assert all(1 <= number <= gaps(source) for number in found), source


def test_messages_are_told_by_the_entry_that_fits_best():
    assert translated("'kingg' is not in glove-50d", "zh") == "glove-50d 里没有 'kingg'"
    assert translated("no text of ours at all", "zh") == "no text of ours at all"
    assert translated("training", "zh", depth=1) == "training", "a word put in may be a name"


def test_english_is_spoken_without_a_catalogue():
    assert said("rank") == "rank" and told("'x' is not in y") == "'x' is not in y"


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
@pytest.mark.usefixtures("chinese")
def test_every_help_is_chinese(lmcli, path):
    shown = lmcli(*path, "--help")
    assert shown.code == 0 and shown.out.startswith("用法：")
    about = shown.out.split("\n\n")[1]
    assert CHINESE.search(about), about
    wide = max(
        sum(1 + bool(CHINESE.match(letter)) for letter in line) for line in shown.out.splitlines()
    )
    assert wide <= 100


@pytest.mark.usefixtures("chinese")
def test_messages_and_heads_are_chinese_and_rows_are_not(lmcli):
    unknown = lmcli("similar", "kingg")
    assert unknown.code == 3 and unknown.err.startswith(
        "错误：glove-50d 里没有 'kingg'；是不是 king"
    )
    piped = lmcli("similar", "-", stdin="kingg\nqueen\n")
    assert piped.code == 5 and piped.err.startswith("错误：第 1 行：glove-50d 里没有 'kingg'；")
    assert (
        lmcli("similar", "--foo").err.startswith("用法：") and lmcli("similar", "--foo").code == 2
    )
    shown = lmcli("similar", "king", "-k", "1", "-f", "table").out
    assert shown.splitlines()[1].split() == ["名次", "词", "得分"]
    row = json.loads(lmcli("similar", "king", "-k", "1", "-f", "jsonl").out)
    assert list(row) == ["query", "rank", "word", "score"]
    assert lmcli("--lang", "en", "similar", "kingg").err.startswith("error: 'kingg' is not in")
