"""Where the labels of a scatter plot go: beside their marks, over none of them and over no other label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; its right and lower edges do not belong to it."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any place."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, other: Box) -> bool:
        """Whether this one lies wholly in `other`."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


def place_labels(
    marks: Sequence[Box],
    widths: Sequence[float],
    height: float,
    area: Box,
    gap: float,
    *,
    whole: bool = False,
) -> list[Box | None]:
    """The box of each label, or None where there is no room near its mark.

    widths: of the labels; height: of all of them; gap: left and right of a mark. whole: place labels at
    whole numbers only (the cells of a terminal). Earlier labels take the best places.
    """
    taken = list(marks)
    found: list[Box | None] = []
    for mark, width in zip(marks, widths, strict=True):
        box = next(
            (
                box
                for box in _candidates(mark, width, height, gap, whole)
                if box.inside(area) and not any(map(box.overlaps, taken))
            ),
            None,
        )
        found.append(box)
        if box:
            taken.append(box)
    return found


def _candidates(mark: Box, width: float, height: float, gap: float, whole: bool) -> Iterator[Box]:
    """Places around a mark, best first: right, left, above, below, the corners, then one line farther."""
    middle = (mark.top + mark.bottom - height) / 2
    centre = (mark.left + mark.right - width) / 2
    right, left = mark.right + gap, mark.left - gap - width
    above, below = mark.top - height, mark.bottom
    for x, y in (
        (right, middle),
        (left, middle),
        (centre, above),
        (centre, below),
        (right, above),
        (right, below),
        (left, above),
        (left, below),
        (centre, above - height),
        (centre, below + height),
    ):
        x0, y0 = (float(int(x)), float(int(y))) if whole else (x, y)
        yield Box(x0, y0, x0 + width, y0 + height)
