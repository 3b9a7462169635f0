"""Tables, figures and the session in Chinese, the same in English but for the words, and rows for machines alike."""

import json
import re
import shlex

import pytest

from lmcli.attention.lessons.parts import PARTS
from lmcli.frame.locale import said, speak
from lmcli.frame.locale.catalogue import texts, translated
from tests.conftest import ROOT
from tests.e2e.strings import PROSE

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
VIEWS = (  # a command, words of its table in English and in Chinese
    ("attention steps The --part mask", "1 at and below the diagonal", "对角线及以下为 1"),
    ("attention retrieval fast", "key of sports car", "跑车的键"),
    ("attention positions --view distance", "Products as shares", "点积以距离 0 处为 1"),
    ("digits steps", "max pooling: of each 2 x 2 the largest", "最大池化：每个 2 x 2 取最大"),
    ("maze solve course", "course: 6 moves, 12 cells", "course：6 步，搜索过 12 格"),
    (
        "maze train course --seed 1 --episodes 30",
        "The greedy policy reaches",
        "贪心策略 6 步到终点",
    ),
    ("mlp xor --hidden 2 --trace --epochs 1", "weights, a column a neuron", "权重，每个神经元一列"),
    ("expert how animals zebra 'black stripes' 'has hair' 'has hooves'", "given", "给定"),
    ("graph communities karate", "members, the best connected first", "成员，连接最多的在前"),
    ("models info digits-cnn", "convolutional network for pictures", "用于 28 x 28 图片的卷积网络"),
)


@pytest.fixture(autouse=True)
def english_again():
    yield
    speak("en")


@pytest.mark.parametrize(("command", "english", "chinese"), VIEWS)
def test_views_speak_the_language_and_rows_do_not(lmcli, monkeypatch, command, english, chinese):
    words = shlex.split(command)
    told = lmcli(*words, "-f", "table").out
    assert english in told and not CHINESE.search(told)
    rows = lmcli(*words, "-f", "json").out
    monkeypatch.setenv("LMCLI_LANG", "zh")
    assert chinese in lmcli(*words, "-f", "table").out
    assert lmcli(*words, "-f", "json").out == rows


def test_figures_and_pages_speak_it_too(lmcli, monkeypatch, tmp_path):
    monkeypatch.setenv("LMCLI_LANG", "zh")
    svg, page = tmp_path / "distance.svg", tmp_path / "mlp.html"
    assert lmcli("attention", "positions", "--view", "distance", "--save", str(svg)).code == 0
    assert lmcli("mlp", "--save", str(page)).code == 0
    assert "<title>位置的点积随距离的变化" in svg.read_text(encoding="utf-8")
    assert 'lang="zh"' in page.read_text(encoding="utf-8") and "一条线" in page.read_text("utf-8")


def test_a_film_of_a_maze_speaks_it_too(lmcli, monkeypatch, tmp_path):
    monkeypatch.setenv("LMCLI_LANG", "zh")
    run, film = tmp_path / "course.run", tmp_path / "course.html"
    lmcli("maze", "train", "course", "--episodes", "20", "--record", str(run))
    assert lmcli("maze", "replay", str(run), "--save", str(film)).code == 0
    page = film.read_text(encoding="utf-8")
    assert 'lang="zh"' in page and "按键：空格播放和暂停" in page and "{{" not in page


def test_the_session_says_in_chinese_what_can_be_typed(lmcli, monkeypatch):
    monkeypatch.setenv("LMCLI_LANG", "zh")
    shown = lmcli("repl", stdin=":help\n").out
    assert "省去前缀" in shown and "迷宫：        maze" in shown and "命令（:help" in shown


def test_a_word_of_two_meanings_has_two_words(monkeypatch):
    speak("zh")
    assert said("right") == "右" and said("right", about="answers") == "对"
    assert said("no text of ours", about="answers") == "no text of ours"


def test_the_page_of_replays_asks_for_texts_that_are_there():
    page = (ROOT / "lmcli" / "maze" / "data" / "replay.html").read_text(encoding="utf-8")
    asked = re.findall(r"\{\{said (.+?)\}\}", page)
    assert asked and [text for text in asked if text not in texts("zh")] == []


def test_what_the_session_says_of_itself_is_in_the_catalogue():
    from lmcli.repl.meta import REGISTRY
    from lmcli.repl.meta.help import GRAMMAR, INTRODUCTION
    from lmcli.repl.terminal.interface import GREETING

    known = texts("zh")
    said = [one.help for one in REGISTRY.values()] + [text for _, text in GRAMMAR] + [INTRODUCTION]
    assert [text for text in said if text not in known] == []
    assert CHINESE.search(translated(GREETING, "zh"))


STEPS = (
    *(f"attention steps 'The cat sat' --part {part}" for part in PARTS),
    "attention steps 'The cat sat' --heads 2 --causal",
    "mlp xor --hidden 2 --trace --epochs 1",
    "classify steps 'This movie is great!'",
    "classify steps 这部电影很好",
)


@pytest.mark.parametrize("command", STEPS)
def test_the_names_and_formulas_of_steps_are_in_the_catalogue(lmcli, command):
    rows = json.loads(lmcli(*shlex.split(command), "-f", "json").out)
    told = {text for row in rows for text in (row["step"], row["formula"]) if PROSE.search(text)}
    assert sorted(text for text in told if translated(text, "zh") == text) == []
