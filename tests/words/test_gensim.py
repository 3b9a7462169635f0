"""Agreement with gensim on the same float32 vectors: words, order, scores, evaluation."""

import json
import random

import numpy as np
import pytest

from lmcli.vectors.wordvectors import WordVectors
from lmcli.vectors.writing import write_vectors
from lmcli.words.analogy import solve
from lmcli.words.comparison import odd, similarity
from lmcli.words.evaluation import Rows, evaluate_pairs, evaluate_questions
from lmcli.words.files.testset import read_test
from lmcli.words.neighbours import similar
from tests.conftest import peer

pytestmark = pytest.mark.peer
ROWS = 40_000
QUERIES = 200


@pytest.fixture(scope="module")
def both(glove, tmp_path_factory):
    """The first 40,000 bundled vectors as float32, here and in gensim."""
    peer("gensim")
    from gensim.models import KeyedVectors

    words = [glove.vocabulary[row] for row in range(ROWS)]
    matrix = glove.vectors(range(ROWS))
    ours = write_vectors(tmp_path_factory.mktemp("float"), words, matrix, {"name": "float"})
    theirs = KeyedVectors(50)
    theirs.add_vectors(words, matrix)
    return WordVectors.open(ours), theirs


@pytest.fixture(scope="module")
def words(both):
    random.seed(7)
    plain = [word for word in (both[0].vocabulary[row] for row in range(20_000)) if word.isalpha()]
    return [random.sample(plain, 3) for _ in range(QUERIES)]


def agree(ours, theirs):
    """The same words in the same order; scores to 1e-5 (words of equal score may change places)."""
    scores = [score for _, score in theirs]
    np.testing.assert_allclose([row.score for row in ours], scores, atol=1e-5)
    for row, (word, score) in zip(ours, theirs, strict=True):
        assert row.word == word or abs(row.score - score) < 1e-6


def test_similar(both, words):
    ours, theirs = both
    queries = [three[0] for three in words]
    for word, rows in zip(queries, similar(ours, queries, k=10), strict=True):
        agree(rows, theirs.most_similar(word, topn=10))


def test_analogies_by_addition(both, words):
    ours, theirs = both
    queries = [" ".join(three) for three in words]
    for (a, b, c), rows in zip(words, solve(ours, queries, k=10), strict=True):
        agree(rows, theirs.most_similar(positive=[a, c], negative=[b], topn=10))


def test_analogies_by_multiplication(both, words):
    ours, theirs = both
    queries = [" ".join(three) for three in words]
    for (a, b, c), rows in zip(words, solve(ours, queries, k=10, method="mul"), strict=True):
        agree(rows, theirs.most_similar_cosmul(positive=[a, c], negative=[b], topn=10))


def test_similarity_and_odd(both, words):
    ours, theirs = both
    for three in words:
        score = similarity(ours, three[:2]).score
        assert score == pytest.approx(float(theirs.similarity(*three[:2])), abs=1e-5)
        assert odd(ours, three).word == theirs.doesnt_match(three)


def test_weighted_sums(both, words):
    ours, theirs = both
    for a, b, c in words[:50]:
        (rows,) = solve(ours, [f"2*{a} - 0.5*{b} + {c}"], k=5)
        agree(rows, theirs.most_similar(positive=[(a, 2.0), c], negative=[(b, -0.5)], topn=5))


def test_evaluation_of_questions(both, questions_words):
    ours, theirs = both
    accuracy, sections = theirs.evaluate_word_analogies(str(questions_words), restrict_vocab=10_000)
    rows = Rows(ours, 10_000)
    found = list(evaluate_questions(ours, read_test(questions_words).sections, rows))
    assert [(row.correct, row.total) for row in found] == [
        (len(section["correct"]), len(section["correct"]) + len(section["incorrect"]))
        for section in sections
    ]
    assert found[-1].accuracy == pytest.approx(accuracy)


@pytest.mark.parametrize("name", ["wordsim353.tsv", "simlex999.txt"])
def test_evaluation_of_pairs(both, gensim_data, name):
    ours, theirs = both
    pearson, spearman, oov = theirs.evaluate_word_pairs(
        str(gensim_data / name), restrict_vocab=30_000
    )
    test = read_test(gensim_data / name)
    row = evaluate_pairs(ours, test.pairs, Rows(ours, 30_000), name)
    assert row.pearson == pytest.approx(pearson[0], abs=1e-5)
    assert row.spearman == pytest.approx(spearman[0], abs=1e-5)
    assert row.oov / len(test.pairs) * 100 == pytest.approx(oov)


def test_gensim_reads_what_is_exported_and_the_other_way_round(lmcli, tmp_path):
    peer("gensim")
    from gensim.models import KeyedVectors

    file = tmp_path / "out.bin"
    lmcli("words", "export", "--to", "binary", "-o", file, "--limit", 200)
    theirs = KeyedVectors.load_word2vec_format(str(file), binary=True)
    (row,) = json.loads(
        lmcli("words", "vector", "king" if "king" in theirs else "of", "-f", "json").out
    )
    np.testing.assert_allclose(theirs[row["word"]], row["vector"], rtol=1e-6)
    for binary in (True, False):
        again = tmp_path / f"again{binary}"
        theirs.save_word2vec_format(str(again), binary=binary)
        assert lmcli("words", "import", again, "--name", f"again{binary}").code == 0
        (other,) = json.loads(
            lmcli("words", "vector", row["word"], "--model", f"again{binary}", "-f", "json").out
        )
        assert other == row
