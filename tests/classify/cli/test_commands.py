"""classify as a command: words, pipes, both languages, pictures, errors."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.usefixtures("small")

DATA = "text,label\ngood film,positive\nbad film,negative\nnot good,negative\n"


def test_bare_words_are_texts_and_names_are_commands(lmcli):
    assert lmcli("classify", "great film").table == [["positive", "0.95257413"]]
    assert lmcli("classify", "texts", "great film").table == [["positive", "0.95257413"]]
    assert lmcli("classify", "-k", "2", "great film").table[1] == ["negative", "0.047425874"]
    assert lmcli("classify", "--", "eval").code == 3  # a text, of which nothing is understood
    assert "Usage: lmcli classify eval" in lmcli("classify", "eval", "--help").out


def test_the_script_of_each_text_chooses(lmcli):
    result = lmcli(
        "classify", stdin="great film\n这部电影太好看了\nawful\n差\n这部 film 太好看了\n"
    )
    assert [row[:2] for row in result.table] == [
        ["great film", "positive"], ["这部电影太好看了", "positive"], ["awful", "negative"], ["差", "negative"],
        ["这部 film 太好看了", "positive"],
    ]  # fmt: skip
    assert result.code == 0, result.err
    forced = lmcli("classify", "太好看了", "--model", "sentiment-en")
    assert forced.code == 3 and "--model sentiment-zh reads it" in forced.err


def test_rows(lmcli):
    rows = json.loads(lmcli("classify", "great film", "--proba", "-f", "json").out)
    assert [list(row) for row in rows] == [["text", "rank", "label", "score"]] * 2
    assert [(row["rank"], row["label"]) for row in rows] == [(1, "positive"), (2, "negative")]
    kept = lmcli("classify", "--jsonl", "t", "-f", "jsonl", stdin='{"t": "bad", "id": 7}\n')
    assert json.loads(kept.out) == {
        "id": 7,
        "text": "bad",
        "rank": 1,
        "label": "negative",
        "score": 0.880797,
    }


def test_several_labels(lmcli):
    said = lmcli("classify", "great", "awful", "--model", "topics", "-f", "jsonl")
    found = [json.loads(line) for line in said.lines]
    assert [(row["text"], row["label"]) for row in found] == [
        ("great", "fun"), ("great", "art"), ("great", "war"), ("awful", "art"), ("awful", "war"),
    ]  # fmt: skip


@pytest.mark.parametrize("env", [{"COLORTERM": "truecolor"}, {"NO_COLOR": "1"}])
def test_the_words_that_decided(lmcli, env):
    result = lmcli("classify", "the film is not great", "-v", tty=True, env=env)
    assert "great  +3.00" in result.out and "not    -1.00" in result.out
    assert ("48;2;" in result.out) == ("COLORTERM" in env)
    (row,) = json.loads(lmcli("classify", "这部电影太好看了", "-v", "-f", "json").out)
    words = {word["word"]: word["weight"] for word in row["words"]}
    assert words["好看"] == 1.5 and words["电影"] == 0
    assert lmcli("classify", "great film", "-v").table == [
        ["positive", "0.95257413", "great +3.00"]
    ]


@pytest.mark.parametrize("suffix", [".svg", ".html", ".png"])
def test_pictures(lmcli, tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    assert lmcli("classify", "the film is great\nnot film", "--save", path).code == 0
    assert path.stat().st_size > 1000
    if suffix == ".html":
        text = path.read_text(encoding="utf-8")
        assert "great" in text and "#b2182b" in text and "<script" not in text
    for more in ([], ["--calibration"]):
        (tmp_path / "data.csv").write_text(DATA)
        assert lmcli("classify", "eval", tmp_path / "data.csv", "--save", path, *more).code == 0
    assert lmcli("classify", "steps", "not good", "--model", "lstm", "--save", path).code == 0
    assert lmcli("classify", "steps", "not good", "--save", path).code == 0


def test_usage(lmcli, tmp_path):
    assert lmcli("classify", "a", "b", "--save", "x.svg").code == 2
    assert lmcli("classify", "good", "--save", "x.bmp").code == 2
    assert lmcli("classify", "good", "--proba", "-k", "1").code == 2
    assert lmcli("classify", "good", "--model", "none").code == 4
    assert lmcli("classify", " ").code == 1
    assert lmcli("classify", stdin="").out == ""
    assert lmcli("classify", "good", "--model", "all-minilm-l6-v2").code == 4


def test_evaluation(lmcli, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(DATA)
    shown = lmcli("classify", "eval", path, tty=True)
    assert "accuracy 0.6667" in shown.out and "negative (2)" in shown.out
    (row,) = json.loads(lmcli("classify", "eval", path, "-f", "json").out)
    assert row["confusion"] == [[1, 1], [0, 1]] and row["texts"] == 3
    assert lmcli("classify", "eval", path, "--errors").table == [
        ["4", "negative", "positive", "0.7310586", "not good"]
    ]
    calibration = lmcli("classify", "eval", path, "--calibration", tty=True)
    assert "ECE 0." in calibration.out and "0.7 to 0.8" in calibration.out


def test_data_that_is_spoilt(lmcli, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(DATA + "great,perhaps\n,positive\n")
    result = lmcli("classify", "eval", path, "-f", "json")
    assert result.code == 5 and json.loads(result.out)[0]["texts"] == 3
    assert "line 5: the model has no label 'perhaps'" in result.err and "line 6:" in result.err
    assert lmcli("classify", "eval", path, "--label", "rating").code == 2
    assert lmcli("classify", "eval", tmp_path / "none.csv").code == 2
    (tmp_path / "empty.csv").write_text("")
    assert lmcli("classify", "eval", tmp_path / "empty.csv").code in (1, 3)
    assert lmcli("classify", "eval", path, "--errors", "--calibration").code == 2
    chinese = tmp_path / "zh.tsv"
    chinese.write_text("太好看了\tpositive\n差\tnegative\n", encoding="utf-8")
    assert (
        json.loads(lmcli("classify", "eval", chinese, "-f", "json").out)[0]["model"]
        == "sentiment-zh"
    )


def test_steps(lmcli):
    shown = lmcli(
        "classify", "steps", "the", "film", "is", "great", tty=True, env={"NO_COLOR": "1"}
    ).out
    for name in ("ids  1 x 4", "embeddings  1 x 4 x 2", "logits  1 x 2", "softmax  1 x 2"):
        assert name in shown
    rows = json.loads(lmcli("classify", "steps", "not good", "--model", "lstm", "-f", "json").out)
    assert all(
        list(row) == ["step", "formula", "shape", "rows", "columns", "values"] for row in rows
    )
    assert (
        "gates, the mean of 3 units"
        in lmcli("classify", "steps", "not good", "--model", "lstm", tty=True).out
    )
    assert lmcli("classify", "steps", "Привет").code == 3
