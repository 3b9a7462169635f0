"""Edits of a word."""

from hypothesis import given
from hypothesis import strategies as st

from lmcli.vectors.spelling import edit_distance, edits_at

letters = st.text("abc", max_size=5)


@given(letters, letters)
def test_edit_distance_is_symmetric_and_one_edit_agrees(a, b):
    distance = edit_distance(a, b)
    assert distance == edit_distance(b, a)
    assert (distance == 0) == (a == b)
    near = {near for place in range(len(a) + 1) for near in edits_at(a, place)}
    assert (b in near) == (distance == 1) or a == b


@given(letters, letters, letters)
def test_edit_distance_is_bounded(a, b, c):
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))
    assert edit_distance(a, c) <= 2 * (edit_distance(a, b) + edit_distance(b, c))
