"""Labels of a scatter plot."""

from hypothesis import given
from hypothesis import strategies as st

from lmcli.words.view.labels import Box, place_labels

AREA = Box(0, 0, 40, 12)
MARKS = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 11)), unique=True, max_size=30)


@given(MARKS, st.integers(1, 12))
def test_labels_cover_neither_marks_nor_each_other_and_stay_inside(places, width):
    marks = [Box(x, y, x + 1, y + 1) for x, y in places]
    boxes = place_labels(marks, [width] * len(marks), 1, AREA, 1, whole=True)
    shown = [box for box in boxes if box]
    for i, box in enumerate(shown):
        assert box.inside(AREA)
        assert not any(box.overlaps(other) for other in marks + shown[:i])
        assert box.right - box.left == width and box.left == int(box.left)


def test_a_lone_mark_has_its_label_to_the_right_or_left_at_the_edge():
    (box,) = place_labels([Box(5, 5, 6, 6)], [4], 1, AREA, 1, whole=True)
    assert box == Box(7, 5, 11, 6)
    (box,) = place_labels([Box(38, 5, 39, 6)], [4], 1, AREA, 1, whole=True)
    assert box == Box(33, 5, 37, 6)


def test_a_label_without_room_is_none():
    assert place_labels([Box(0, 0, 1, 1)], [50], 1, AREA, 1) == [None]
