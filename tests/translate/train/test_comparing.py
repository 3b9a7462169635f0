"""Kinds of translators on the same pairs, by the length of a sentence."""

from __future__ import annotations

import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer


@pytest.fixture
def by_length():
    peer("torch")
    from lmcli.translate.train.comparing import by_length

    return by_length


def test_the_short_ones_come_first_in_groups_of_about_as_many(by_length):
    lengths = [9, 1, 5, 2, 8, 4, 7, 3, 6, 10]
    groups = by_length(lengths, 5)
    assert [[lengths[row] for row in group] for group in groups] == [
        [1, 2], [3, 4], [5, 6], [7, 8], [9, 10],
    ]  # fmt: skip


def test_like_lengths_are_never_parted(by_length):
    lengths = [3] * 9 + [4]
    assert [len(group) for group in by_length(lengths, 5)] == [9, 1]
    assert by_length([2], 5) == [[0]]


def test_the_lesson_has_sentences_of_all_lengths_and_one_translation_each():
    peer("torch")
    from lmcli.translate.train.comparing import LONGEST, lesson

    pairs = lesson(0, 500)
    assert lesson(0, 500) == pairs != lesson(1, 500)
    assert len({source for source, _ in pairs}) == 500
    lengths = [len(source) for source, _ in pairs]
    assert min(lengths) < 6 and 30 < max(lengths) <= LONGEST
    for source, target in pairs:
        assert source.count("，") <= target.count(",") + 2 and target[-1] not in ".?!, "
