"""Paper to draw a digit on with keys or a mouse: strokes of a round pen, an eraser, the way back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 40  # points of the paper's sides
PEN = 1.6  # points that the pen reaches around its middle
SOFT = 0.9  # points over which its edge fades
UNDO = 100  # strokes that can be taken back

Floats = NDArray[np.float32]
Point = tuple[float, float]


class Canvas:
    """Ink (SIDE, SIDE), 0 to 1, and a pen at (row, column), down or up."""

    def __init__(self) -> None:
        self.ink: Floats = np.zeros((SIDE, SIDE), np.float32)
        self.pen: Point = (SIDE / 2, SIDE / 2)
        self.down = False
        self.erasing = False
        self._before: list[Floats] = []

    def move(self, down: float, right: float) -> None:
        """Move the pen, which draws where it is down, within the paper."""
        row, column = self.pen
        self.to((row + down, column + right), draw=self.down)

    def to(self, point: Point, *, draw: bool) -> None:
        """Move the pen to a point, in a straight line if it draws."""
        row, column = (min(max(one, 0.0), SIDE - 1.0) for one in point)
        if draw:
            self._stroke(self.pen, (row, column))
        self.pen = (row, column)

    def press(self, point: Point | None = None) -> None:
        """Put the pen down, at a point or where it is: a stroke begins."""
        self._keep()
        self.down = True
        if point is not None:
            self.to(point, draw=False)
        self._stroke(self.pen, self.pen)

    def lift(self) -> None:
        """Take the pen from the paper."""
        self.down = False

    def clear(self) -> None:
        """Take a new sheet; undo brings the old one back."""
        self._keep()
        self.ink = np.zeros_like(self.ink)
        self.down = False

    def undo(self) -> None:
        """Take the last stroke back."""
        self.down = False
        if self._before:
            self.ink = self._before.pop()

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on the paper."""
        return float(self.ink.max()) < 0.5

    def _keep(self) -> None:
        self._before = [*self._before[1 - UNDO :], self.ink.copy()]

    def _stroke(self, start: Point, end: Point) -> None:
        """Ink along a line, as dark as the pen is near; the eraser takes it away."""
        rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        along = np.array(end, np.float32) - np.array(start, np.float32)
        length = float((along**2).sum())
        part = np.zeros_like(rows)
        if length:
            part = ((rows - start[0]) * along[0] + (columns - start[1]) * along[1]) / length
            part = part.clip(0, 1)
        far = np.hypot(rows - start[0] - part * along[0], columns - start[1] - part * along[1])
        drawn = np.clip((PEN + SOFT - far) / SOFT, 0, 1).astype(np.float32)
        self.ink = np.minimum(self.ink, 1 - drawn) if self.erasing else np.maximum(self.ink, drawn)
