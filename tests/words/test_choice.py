"""Chinese questions are answered by Chinese vectors, English ones by GloVe, each record for itself."""

import json

import pytest

from lmcli.frame.config import model_names
from lmcli.frame.models import BY_LANGUAGE, DEFAULTS, Registry


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("analogy", "北京", "中国", "日本", "-k", 1), "东京"),
        (("analogy", "东京 - 日本 + 法国", "-k", 1), "巴黎"),
        (("analogy", "2*父亲", "-", "男人", "+", "女人", "-k", 1), "母亲"),
        (("similar", "医生", "-k", 1), "医师"),
        (("odd", "早餐", "午餐", "晚餐", "桌子"), "桌子"),
        (("odd", "苹果", "香蕉", "葡萄", "卡车"), "卡车"),
    ],
)
def test_chinese_words_are_answered_in_chinese(lmcli, words, answer):
    result = lmcli(*words)
    assert (result.table[0][0], result.code, result.err) == (answer, 0, "")


def test_every_record_chooses_for_itself(lmcli):
    lines = (
        "king man woman\n北京 中国 日本\n3 4 5\n巴黎 法国 德国\nking 男人 女人\nrome italy france\n"
    )
    result = lmcli("analogy", "-", stdin=lines)
    assert [row[1] for row in result.table if row[0] != "3 4 5"] == [
        *("queen", "东京", "柏林", "paris")
    ]
    assert result.err.startswith(
        "error: line 5: the question mixes English words (king) with Chinese words (男人, 女人)"
    )
    assert result.code == 5


@pytest.mark.parametrize(
    "words",
    [
        ("analogy", "king", "男人", "女人"),
        ("similarity", "猫", "dog"),
        ("odd", "猫", "狗", "car"),
        ("words", "plot", "国王", "queen"),
        ("words", "plot", "--pairs", "国王:queen"),
        ("words", "plot", "国王", "王后", "--pairs", "man:woman"),
    ],
)
def test_a_mixed_question_is_an_error_that_says_so(lmcli, words):
    result = lmcli(*words)
    assert result.code == 2 and result.out == ""
    assert "the question mixes" in result.err and "--model" in result.err


def test_a_model_that_is_named_answers_all(lmcli):
    mixed = lmcli("similarity", "苹果", "iPhone", "--model", "words-zh")
    assert mixed.code == 0 and float(mixed.table[0][2]) > 0.5
    wrong = lmcli("similar", "国王", "--model", "glove-50d")
    assert wrong.code == 3 and "'国王' is not in glove-50d" in wrong.err
    assert lmcli("similar", "国王", "--model", "nobody").code == 4


@pytest.mark.parametrize("name", ["glove-50d", "words-zh"])
def test_a_default_that_is_set_answers_its_own_languages(lmcli, own_settings, name):
    (own_settings / "config.toml").write_text(f'[model]\nword-vectors = "{name}"\n')
    assert lmcli("similarity", "cat", "dog").code == 0
    assert lmcli("similarity", "猫", "狗").code == 0


def test_a_default_of_unknown_language_answers_all(lmcli, own_settings, tmp_path):
    lines = "小猫 1 0\n小狗 0.9 0.1\ncat 0 1\n"
    (tmp_path / "own.txt").write_text(lines)
    assert lmcli("words", "import", tmp_path / "own.txt").code == 0
    (own_settings / "config.toml").write_text('[model]\nword-vectors = "own"\n')
    assert lmcli("similar", "小猫", "-k", 1).table[0][0] == "小狗"
    assert lmcli("similar", "cat", "-k", 1).table[0][0] == "小狗"


def test_vectors_of_both_languages_and_unknown_words(lmcli):
    lines = [
        json.loads(line) for line in lmcli("words", "vector", "猫", "cat", "-f", "jsonl").lines
    ]
    assert [len(line["vector"]) for line in lines] == [100, 50]
    unknown = lmcli("similar", "国王王后们")
    assert unknown.code == 3 and "is not in words-zh" in unknown.err
    near = lmcli("similar", "北京是").err
    assert "did you mean 北京" in near and not set("abcdefg") & set(near.partition("mean")[2])


def test_a_damaged_model_stops_the_stream_at_once(lmcli, tmp_path, monkeypatch):
    (tmp_path / "words-zh").mkdir()
    spec = 'name = "words-zh"\ntask = "word-vectors"\n[[files]]\npath = "vocab.txt"\nsize = 1\nsha256 = ""\n'
    (tmp_path / "words-zh" / "model.toml").write_text(spec)
    monkeypatch.setenv("LMCLI_MODELS", str(tmp_path))
    result = lmcli("similarity", "-", stdin="猫 狗\n" * 50)
    assert result.code == 4 and len(result.err.splitlines()) < 3


def test_completion_follows_the_letters_typed():
    from click import Context

    from lmcli.words.cli.query import complete_word, similar

    context = Context(similar)
    assert "北京市" in complete_word(context, similar.params[0], "北京")
    assert "kingdom" in complete_word(context, similar.params[0], "king")


def test_defaults_know_their_language():
    registry = Registry({}, model_names({}, {}))
    for task, models in BY_LANGUAGE.items():
        assert DEFAULTS[task] in models.values()
        for language, name in models.items():
            assert language in registry.find(name, task).languages
            assert registry.name_for(task, language) == (None if name == DEFAULTS[task] else name)
        assert registry.name_for(task, None) is None


@pytest.mark.slow
def test_the_chinese_questions_are_asked_of_the_chinese_vectors(lmcli):
    rows = [
        json.loads(line) for line in lmcli("words", "eval", "analogies-zh", "-f", "jsonl").lines
    ]
    assert (rows[-1]["correct"], rows[-1]["total"]) == (1157, 1753)
    assert len(rows) == 12 and rows[0]["section"] == "首都 (capitals)"


def test_a_test_of_two_languages_needs_a_model(lmcli, tmp_path):
    path = tmp_path / "mixed.txt"
    path.write_text("中国 北京 日本 东京\nfrance paris italy rome\n")
    assert lmcli("words", "eval", path).code == 2
    assert lmcli("words", "eval", path, "--model", "glove-50d").table[-1][1] == "1"
    assert lmcli("words", "eval", "no-such-test").code == 2


def test_a_picture_with_chinese_labels(lmcli, tmp_path):
    pairs = "国王:王后,男人:女人"
    result = lmcli("words", "plot", "--pairs", pairs, "--save", tmp_path / "p.svg")
    assert result.code == 0 and "国王" in (tmp_path / "p.svg").read_text(encoding="utf-8")
    shown = lmcli("words", "plot", "--pairs", pairs, "-f", "table")
    from rich.cells import cell_len

    frame = [line for line in shown.lines if line.startswith("│")]
    assert {cell_len(line) for line in frame} == {80}
    png = lmcli("words", "plot", "--pairs", pairs, "--save", tmp_path / "p.png")
    from lmcli.draw.fonts import cjk_font

    assert ("no font here can draw" in png.err) == (cjk_font() is None)


def test_own_word_sets_in_chinese_are_measured_by_chinese_vectors(lmcli, tmp_path):
    sets = tmp_path / "sets.yaml"
    sets.write_text(
        "projections:\n  - name: 职业\n    pairs: [[女人, 男人]]\n    words: [护士, 工程师, 士兵]\n"
    )
    result = lmcli("words", "bias", "--sets", sets)
    assert result.code == 0 and {row[0] for row in result.table} == {"护士", "工程师", "士兵"}


@pytest.mark.slow
@pytest.mark.peer
def test_the_recipe_gives_the_committed_bytes(tmp_path, monkeypatch):
    import os

    from lmcli.frame.models import bundled_folder
    from lmcli.store.recipes import build

    if cache := os.environ.get("LMCLI_TEST_CACHE"):
        monkeypatch.setenv("LMCLI_CACHE", cache)
    made = build("words-zh", tmp_path / "words-zh").folder
    committed = bundled_folder() / "words-zh"
    assert sorted(p.name for p in made.iterdir()) == sorted(p.name for p in committed.iterdir())
    for path in made.iterdir():
        assert path.read_bytes() == (committed / path.name).read_bytes(), path.name
