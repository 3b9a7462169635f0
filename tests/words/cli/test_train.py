"""words train: the course's examples, parity with gensim, and what is refused."""

import json

import numpy as np
import pytest

from lmcli.frame.models import read_spec
from lmcli.vectors.wordvectors import WordVectors
from tests.conftest import peer

CATS = """the cat sat on the mat
the dog sat on the rug
the cat chased the dog
the dog and the cat are friends
"""
LEARNING = """machine learning is a field of artificial intelligence
deep learning is a part of machine learning
neural networks are models of deep learning
word vectors are learned by neural networks
"""
FIELDS = [
    "name",
    "folder",
    "algorithm",
    "words",
    "dimensions",
    "tokens",
    "epochs",
    "loss",
    "losses",
]


@pytest.fixture
def cats(tmp_path):
    path = tmp_path / "cats.txt"
    path.write_text(CATS)
    return path


def opened(folder) -> WordVectors:
    return WordVectors.open(read_spec(folder))


@pytest.mark.peer
@pytest.mark.parametrize("algorithm", ["cbow", "skipgram"])
def test_the_course_finds_the_neighbours_of_cat(lmcli, cats, algorithm):
    peer("gensim")
    result = lmcli("words", "train", cats, "--algorithm", algorithm, "--min-count", 1, "-f", "json")
    (row,) = json.loads(result.out)
    assert list(row) == FIELDS and len(row["losses"]) == row["epochs"] == 5
    assert (row["words"], row["dimensions"], row["tokens"]) == (11, 100, 24)
    near = lmcli("similar", "cat", "--model", "cats")
    assert near.code == 0 and len(near.lines) == 10
    assert lmcli("models", "verify", "cats").code == 0


@pytest.mark.peer
@pytest.mark.parametrize(
    ("flags", "arguments"),
    [
        ((), {}),
        (("--algorithm", "skipgram"), {"sg": 1}),
        (("--algorithm", "skipgram", "--hierarchical"), {"sg": 1, "hs": 1, "negative": 0}),
        (
            ("--negative", 2, "--sample", 0, "--rate", 0.1),
            {"negative": 2, "sample": 0, "alpha": 0.1},
        ),
        (("--window", 2, "--epochs", 3, "--seed", 9), {"window": 2, "epochs": 3, "seed": 9}),
    ],
)
def test_the_vectors_are_those_of_gensims_own_api(lmcli, cats, tmp_path, flags, arguments):
    peer("gensim")
    from gensim.models import Word2Vec

    own = {"vector_size": 20, "window": 5, "min_count": 1, "epochs": 5, "workers": 1, "seed": 1}
    expected = Word2Vec([line.split() for line in CATS.splitlines()], **{**own, **arguments})
    out = tmp_path / "out"
    lmcli("words", "train", cats, "--size", 20, "--min-count", 1, "--out", out, *flags)
    vectors = opened(out)
    assert list(vectors.vocabulary) == expected.wv.index_to_key
    np.testing.assert_array_equal(vectors.matrix, expected.wv.vectors)


def test_the_course_plots_glove_vectors(lmcli, tmp_path):
    text = tmp_path / "ml.txt"
    text.write_text(LEARNING)
    flags = ("--algorithm", "glove", "--window", 2, "--min-count", 1, "--size", 20, "--x-max", 2)
    (row,) = json.loads(lmcli("words", "train", text, *flags, "-f", "json").out)
    assert row["losses"] == sorted(row["losses"], reverse=True) and row["epochs"] == 25
    picture = tmp_path / "ml.svg"
    plot = lmcli(
        "words", "plot", "machine", "learning", "neural", "--model", "ml", "--save", picture
    )
    assert plot.code == 0 and ">machine</text>" in picture.read_text()


@pytest.mark.parametrize("algorithm", ["cbow", "glove"])
def test_the_same_seed_gives_the_same_bytes(process, tmp_path, algorithm):
    if algorithm == "cbow":
        peer("gensim")
    flags = ("--algorithm", algorithm, "--min-count", 1, "--size", 8, "--name", "x")
    for name in "ab":
        done = process("words", "train", *flags, "--out", tmp_path / name, stdin=CATS)
        assert done.code == 0 and done.err == ""
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 6
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


CHINESE = "我爱自然语言处理。\n我爱机器学习，很有趣。\n机器学习很有趣\n"


@pytest.mark.peer
def test_chinese_is_cut_by_jieba_and_that_is_said(lmcli):
    peer("jieba")
    flags = ("--algorithm", "glove", "--min-count", 1, "--size", 4)
    cut = lmcli("words", "train", *flags, "--name", "zh", stdin=CHINESE)
    assert cut.code == 0 and "jieba cuts it into words" in cut.err
    assert "机器" in lmcli("similar", "学习", "--model", "zh").out
    asked = lmcli("words", "train", *flags, "--segmenter", "jieba", "--name", "a", stdin=CHINESE)
    assert asked.code == 0 and asked.err == ""


def test_chinese_that_is_not_cut_is_warned_of(lmcli):
    flags = ("--algorithm", "glove", "--min-count", 1, "--size", 4)
    plain = lmcli("words", "train", *flags, "--segmenter", "words", "--name", "b", stdin=CHINESE)
    assert plain.code == 0 and "--segmenter jieba" in plain.err


@pytest.mark.parametrize(
    "text",
    ["我 爱 自然 语言 处理\n我 爱 机器 学习\n", "the cat sat\na cat called 小黑\n"],
)
def test_words_between_spaces_are_kept_as_they_are(lmcli, text):
    flags = ("--algorithm", "glove", "--min-count", 1, "--size", 4)
    made = lmcli("words", "train", *flags, "--name", "c", stdin=text)
    assert (made.code, made.err) == (0, "")


def test_the_loss_is_shown_on_a_terminal_only(lmcli, cats):
    flags = ("--algorithm", "glove", "--min-count", 1, "--epochs", 3, "--force")
    assert "loss" in lmcli("words", "train", cats, *flags, tty=True).err
    assert lmcli("words", "train", cats, *flags).err == ""
    assert lmcli("words", "train", cats, *flags, "-q", tty=True).err == ""


def test_what_is_refused_leaves_nothing_behind(lmcli, cats, tmp_path):
    out = tmp_path / "out"
    glove = ("--algorithm", "glove", "--out", out)
    few = lmcli("words", "train", cats, *glove, "--min-count", 10)
    assert few.code == 1 and "lower --min-count" in few.err
    assert "line 2 is not UTF-8" in lmcli("words", "train", *glove, stdin=b"a\n\xff\n").err
    assert lmcli("words", "train", *glove, stdin="").code == 1
    for flags in (("--negative", 3), ("--hierarchical",), ("--sample", 0), ("--size", 0)):
        assert lmcli("words", "train", cats, *glove, *flags).code == 2
    assert lmcli("words", "train", cats, "--x-max", 3).code == 2
    assert lmcli("words", "train", cats, "--hierarchical", "--negative", 3).code == 2
    assert lmcli("words", "train", tty=True).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["cats.txt"]


def test_an_existing_model_is_kept_without_force(lmcli, cats):
    flags = ("--algorithm", "glove", "--min-count", 1, "--size", 4)
    assert lmcli("words", "train", cats, *flags).code == 0
    again = lmcli("words", "train", cats, *flags)
    assert again.code == 2 and "--force" in again.err
    assert lmcli("words", "train", cats, *flags, "--force").code == 0


@pytest.mark.parametrize("rate", ["1e6", "1e30", "1e300"])
@pytest.mark.filterwarnings("error")
def test_a_rate_beyond_bounds_is_said_in_words(lmcli, rate):
    text = "a b c d\nb c d a\n" * 9
    words = ("words", "train", "--min-count", 1, "--size", 4, "--rate", rate)
    result = lmcli(*words, "--algorithm", "glove", stdin=text)
    assert (result.code, result.out) == (1, "") and "lower --rate" in result.err
    result = lmcli(*words, stdin=text)
    assert (result.code, result.out) == (2, "") and "is too large; up to 100" in result.err
