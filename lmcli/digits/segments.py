"""The pieces of ink in a picture, gathered into lines in reading order.

A piece is what hangs together (8 neighbours). Specks are left out, so are a desk's edge or a frame that runs along the
picture's; a bar that stands right above a digit, as of many a 5, belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPECK = 0.25  # of the tallest piece's height: what is lower and smaller is a speck
LIGHT = 0.08  # of the largest piece's area
MOST = 512  # pieces that are looked at: more are a texture, no writing

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """Ink that belongs together: its box, and the ink in it (bottom - top, right - left)."""

    left: int
    top: int
    right: int
    bottom: int
    ink: Floats

    @property
    def width(self) -> int:
        """Pixels from side to side."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    def joined(self, other: Piece) -> Piece:
        """Both as one piece."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        ink = np.zeros((bottom - top, right - left), np.float32)
        for piece in (self, other):
            part = ink[piece.top - top : piece.bottom - top, piece.left - left : piece.right - left]
            np.maximum(part, piece.ink, out=part)
        return Piece(left, top, right, bottom, ink)


@dataclass(frozen=True, slots=True)
class Writing:
    """The lines of a picture, each of pieces from left to right; what was left out, in words."""

    lines: tuple[tuple[Piece, ...], ...]
    steps: tuple[str, ...]


def writing_of(ink: Floats) -> Writing:
    """The pieces of a picture's ink (height, width) in reading order."""
    pieces = list(_pieces(ink))
    steps = []
    kept = _without_edges(pieces, ink.shape)
    if len(kept) < len(pieces):
        steps.append(f"left out at the edge: {len(pieces) - len(kept)}")
    written = _without_specks(kept)
    if len(written) < len(kept):
        steps.append(f"specks left out: {len(kept) - len(written)}")
    lines = _lines(_with_bars(written))
    return Writing(tuple(tuple(line) for line in lines), tuple(steps))


def _pieces(ink: Floats) -> Iterator[Piece]:
    labels, count = labelled(ink > 0.5)
    if count == 0:
        return
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    chosen = np.argsort(-sizes, kind="stable")[:MOST] + 1
    for label in sorted(chosen.tolist()):
        rows, columns = np.nonzero(labels == label) if count < 16 else _where(labels, label)
        top, bottom = max(int(rows.min()) - 1, 0), int(rows.max()) + 2
        left, right = max(int(columns.min()) - 1, 0), int(columns.max()) + 2
        own = labels[top:bottom, left:right]
        soft = np.where((own == label) | (own == 0), ink[top:bottom, left:right], 0)
        around = _grown(own == label)
        yield _trimmed(Piece(left, top, left + own.shape[1], top + own.shape[0], soft * around))


def _where(labels: NDArray[np.int32], label: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    flat = np.flatnonzero(labels.ravel() == label)
    rows, columns = np.divmod(flat, labels.shape[1])
    return rows, columns


def _grown(mask: Mask) -> Mask:
    """The mask and its neighbours."""
    padded = np.pad(mask, 1)
    shape = mask.shape
    parts = (padded[y : y + shape[0], x : x + shape[1]] for y in range(3) for x in range(3))
    grown: Mask = np.logical_or.reduce(list(parts))
    return grown


def _trimmed(piece: Piece) -> Piece:
    """The piece without empty rows and columns around it."""
    rows = np.flatnonzero(piece.ink.max(axis=1) > 0.1)
    columns = np.flatnonzero(piece.ink.max(axis=0) > 0.1)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return Piece(
        *(piece.left + int(left), piece.top + int(top)),
        *(piece.left + int(right), piece.top + int(bottom)),
        piece.ink[top:bottom, left:right],
    )


def labelled(mask: Mask) -> tuple[NDArray[np.int32], int]:
    """Each pixel's piece, from 1, or 0 outside of all; and how many there are.

    Runs of a row that touch one of the row above, also at a corner, are one piece (union-find).
    """
    labels = np.zeros(mask.shape, np.int32)
    parents = [0]
    before: list[tuple[int, int, int]] = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.pad(line.astype(np.int8), 1)))
        now = []
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            roots = {_root(parents, old) for a, b, old in before if a <= end and b >= start}
            label = min(roots, default=len(parents))
            if not roots:
                parents.append(label)
            for root in roots:
                parents[root] = label
            labels[row, start:end] = label
            now.append((start, end, label))
        before = now
    roots_of = np.array([_root(parents, label) for label in range(len(parents))])
    names, numbered = np.unique(roots_of, return_inverse=True)
    return numbered[labels].astype(np.int32), len(names) - 1


def _root(parents: list[int], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


def _without_edges(pieces: Sequence[Piece], shape: tuple[int, ...]) -> list[Piece]:
    """The pieces but for those along the picture's edge, where there is something else."""
    height, width = shape

    def along(piece: Piece) -> bool:
        sides = (
            (piece.left <= 0) + (piece.right >= width),
            (piece.top <= 0) + (piece.bottom >= height),
        )
        long = piece.height > 0.5 * height if sides[0] else piece.width > 0.5 * width
        return (sides[0] > 0 and sides[1] > 0) or (sum(sides) > 0 and long)

    inside = [piece for piece in pieces if not along(piece)]
    tall = any(piece.height >= 0.15 * min(shape) for piece in inside)
    return inside if tall else list(pieces)


def _without_specks(pieces: Sequence[Piece]) -> list[Piece]:
    if not pieces:
        return []
    tallest = max(max(piece.height, piece.width) for piece in pieces)
    largest = max(float(piece.ink.sum()) for piece in pieces)
    return [
        piece
        for piece in pieces
        if max(piece.height, piece.width) >= SPECK * tallest
        or float(piece.ink.sum()) >= LIGHT * largest
    ]


def _with_bars(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, each with the smaller ones that stand right above or below it."""
    left = sorted(pieces, key=lambda piece: -piece.height)
    found: list[Piece] = []
    for piece in left:
        for place, other in enumerate(found):
            if _belongs(piece, other):
                found[place] = other.joined(piece)
                break
        else:
            found.append(piece)
    return found


def _belongs(small: Piece, other: Piece) -> bool:
    overlap = min(small.right, other.right) - max(small.left, other.left)
    gap = max(small.top - other.bottom, other.top - small.bottom)
    if overlap < 0.5 * min(small.width, other.width):
        return False
    flat = small.height < 0.5 * other.height or small.height < 0.6 * small.width
    return gap < 0.3 * other.height and (flat or gap < 0)


def _lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in lines from top to bottom, each from left to right."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.top + piece.bottom):
        for line in lines:
            top, bottom = min(one.top for one in line), max(one.bottom for one in line)
            overlap = min(piece.bottom, bottom) - max(piece.top, top)
            if overlap > 0.5 * min(piece.height, bottom - top):
                line.append(piece)
                break
        else:
            lines.append([piece])
    lines.sort(key=lambda line: min(piece.top for piece in line))
    return [sorted(line, key=lambda piece: piece.left + piece.right) for line in lines]
