"""Import, export, import again: the same words and vectors, or an export that says which format can hold them."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lmcli.frame.errors import BadInput
from lmcli.frame.models import read_spec
from lmcli.frame.text.letters import composed
from lmcli.vectors.wordvectors import WordVectors
from lmcli.vectors.writing import write_vectors
from lmcli.words.files.exchange import import_file
from lmcli.words.files.formats import FORMATS, check_words, write_file

# any text at all, with many blanks, numbers and marks
texts = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6),
    st.text(" .1ae\u0301\u00a0\u2028\u0085\t-", min_size=1, max_size=6),
    st.sampled_from(["New York", "route 66", "nan", "2010", "1 2", "</s>", ". . .", "0,5", "inf"]),
)
words_of_models = st.lists(texts.map(composed), min_size=1, max_size=8, unique=True)
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)


def import_again(file, folder):
    """The imported vectors, and all that was complained of or said."""
    said = []
    folder.mkdir()
    import_file(
        file,
        folder,
        "again",
        complain=lambda line, error: said.append((line, str(error))),
        say=lambda message: said.append((None, message)),
        advance=lambda _rows: None,
    )
    return WordVectors.open(read_spec(folder)), said


def may_be_text(data):
    """Whether the bytes of all numbers happen to be letters, as those of 4.6e16 are: then nobody can tell."""
    try:
        return data.decode().replace("\n", "").isprintable()
    except UnicodeDecodeError:
        return False


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(data=st.data(), words=words_of_models, form=st.sampled_from(FORMATS), d=st.integers(1, 4))
def test_what_can_be_written_reads_back_the_same(tmp_path_factory, data, words, form, d):
    matrix = data.draw(arrays(np.float32, (len(words), d), elements=numbers))
    folder = tmp_path_factory.mktemp("model")
    vectors = WordVectors.open(write_vectors(folder, words, matrix, {"name": "made"}))
    try:
        check_words(vectors, form, len(words))
    except BadInput as error:
        assert form in str(error)
        return
    file = folder / "file"
    with file.open("wb") as stream:
        write_file(vectors, stream, form, len(words), lambda _rows: None)
    assume(form != "binary" or not may_be_text(file.read_bytes()))
    again, said = import_again(file, folder / "again")
    assert said == []
    assert list(again.vocabulary) == words
    np.testing.assert_array_equal(again.matrix, matrix)


@pytest.mark.parametrize(
    ("word", "holds"),
    [
        ("New York", {"glove", "word2vec"}),
        (". . .", {"glove", "word2vec"}),
        ("\u00a0", {"glove", "word2vec", "binary"}),
        ("\u2028x", {"glove", "word2vec", "binary"}),
        ("route 66", set()),
        ("cat", {"glove", "word2vec", "binary"}),
        ("2010", {"glove", "word2vec", "binary"}),
        (" cat", set()),
        ("a\tb", set()),
    ],
)
def test_which_format_holds_which_word(tmp_path, word, holds):
    vectors = WordVectors.open(
        write_vectors(tmp_path, [word], np.ones((1, 2), "f4"), {"name": "m"})
    )
    for form in FORMATS:
        if form in holds:
            check_words(vectors, form, 1)
        else:
            with pytest.raises(BadInput, match=f"{form} files cannot hold the word"):
                check_words(vectors, form, 1)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.just("w"), st.lists(st.floats(-1e3, 1e3, width=32), min_size=3, max_size=3)),
        min_size=3,
        max_size=6,
    ),
    gap=st.sampled_from([" ", "  ", "\t", " \t "]),
    end=st.sampled_from(["\n", "\r\n", " \n", "\t\r\n"]),
)
@example(rows=[("cat", [0.0, 1.0, 2.0])] * 3, gap="\t", end="\r\n")
def test_blanks_and_line_ends_do_not_change_what_is_read(tmp_path_factory, rows, gap, end):
    rows = [(f"w{place}", values) for place, (_, values) in enumerate(rows)]
    lines = [gap.join([word, *map(str, map(np.float32, values))]) + end for word, values in rows]
    folder = tmp_path_factory.mktemp("model")
    file = folder / "file"
    file.write_bytes("".join(lines).encode())
    vectors, said = import_again(file, folder / "again")
    assert said == [] and list(vectors.vocabulary) == [word for word, _ in rows]
    np.testing.assert_array_equal(vectors.matrix, np.array([v for _, v in rows], np.float32))
