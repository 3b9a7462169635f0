"""Files of rated pairs as they are published."""

import pytest

from lmcli.words.files.testset import read_test


@pytest.mark.parametrize(
    "text",
    [
        "Word 1,Word 2,Human (mean)\ncat,dog,7.35\ncar,sex,1\nking,queen,8.58\n",
        "word1\tword2\tPOS\tSimLex999\tSD(SimLex)\n"
        "cat\tdog\tN\t7.35\t0.41\ncar\tsex\tN\t1\t0.67\nking\tqueen\tN\t8.58\t1.19\n",
    ],
)
def test_pairs_as_they_are_published(tmp_path, text):
    file = tmp_path / "pairs"
    file.write_text(text)
    test = read_test(file)
    assert [pair.rating for pair in test.pairs] == [7.35, 1, 8.58] and not test.faults


def test_ratings_are_finite_and_only_a_first_line_is_a_header(tmp_path):
    file = tmp_path / "pairs"
    file.write_text("a,b,mean\nc,d,mean\ne,f,nan\ng,h,1\n")
    test = read_test(file)
    assert [number for number, _ in test.faults] == [2, 3] and len(test.pairs) == 1
