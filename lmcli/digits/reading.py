"""What stands in a picture: its pieces of ink, cut or put together to digits, each with its probabilities.

A digit may be broken into pieces, and two may touch. So every way to cut a line into digits is weighed by what the
network thinks of each part, and the likeliest is taken (dynamic programming over the cuts, as LeCun et al. 1998 do).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.centring import SIDE, as_it_is, centred
from lmcli.digits.network import LEAST, Network
from lmcli.digits.paper import ink_of
from lmcli.digits.segments import Piece, writing_of
from lmcli.frame.errors import BadInput, LmcliError
from lmcli.frame.numbers import shortest

if TYPE_CHECKING:
    from PIL import Image

TOGETHER = 4  # pieces that one digit may consist of
WIDEST = 1.6  # times as wide as the line is high that a digit may be
TOUCHING = 1.15  # times as wide as high, from which a piece may be two digits
APART = 1.0  # log probability that putting two pieces together costs, and cutting one
SPACE = 1.2  # of the line's height between two digits: they are two numbers
SURE = 0.95  # probability from which a reading is not doubted
LONGEST = 200  # digits of one picture

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a picture says: a digit, or several in reading order. `score` is its probability."""

    image: str
    rank: int
    label: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("image", "label", "score")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One thing that was read: what the network was given (28, 28), its probabilities, and what was done."""

    pixels: Floats
    probabilities: Floats
    steps: tuple[str, ...] = ()
    space: bool = False  # whether it stands apart from the one before


@dataclass(frozen=True, slots=True)
class Reading:
    """The symbols of a picture in reading order, and what was done to find them, in words."""

    symbols: tuple[Symbol, ...]
    steps: tuple[str, ...]
    plain: bool = True  # whether what is not ink is plain paper

    @property
    def surest(self) -> float:
        """The probability of the likeliest reading's least sure symbol."""
        return min(float(symbol.probabilities.max()) for symbol in self.symbols)


def read(picture: Image.Image, network: Network) -> Reading:
    """Read an RGB picture. Raises NoAnswer where nothing is written on it."""
    if not network.written:
        return _looked_at(picture, network)
    light = np.asarray(picture.convert("L"), np.float32) / np.float32(255)
    if (pixels := as_it_is(light)) is not None:
        symbol = Symbol(pixels, network.probabilities(pixels[None])[0])
        return Reading((symbol,), ("28 x 28 pixels, as MNIST's are: taken as they are",))
    ink = ink_of(picture)
    ways = [read_ink(ink.values, network, ink.steps)]
    if ways[0].surest < SURE:
        # a shadow may have passed for ink, or a digit in pieces for several: the network knows better than rules do
        with suppress(LmcliError):
            ways.append(alone(ink.values, network, ink.steps))
        if not ink.sure:
            with suppress(LmcliError):
                other = ink_of(picture, otherwise=True)
                ways.append(read_ink(other.values, network, other.steps))
    return replace(max(ways, key=lambda reading: reading.surest), plain=ink.plain)


def read_ink(ink: Floats, network: Network, steps: tuple[str, ...] = ()) -> Reading:
    """Read ink (height, width), 0 to 1. Raises NoAnswer where there is none, BadInput where it is no writing."""
    writing = writing_of(ink)
    symbols: list[Symbol] = []
    for line in writing.lines:
        symbols += _line(line, network, bool(symbols))
        if len(symbols) > LONGEST:
            raise BadInput(
                f"there are more than {LONGEST} pieces of ink: a texture, or a page",
                "cut a part out",
            )
    found = len(symbols)
    lines = f" in {len(writing.lines)} lines" if len(writing.lines) > 1 else ""
    count = (f"{found} digits{lines}, from left to right",) if found > 1 else ()
    return Reading(tuple(symbols), (*steps, *writing.steps, *count))


def guesses(image: str, reading: Reading, labels: Sequence[str], k: int) -> list[Guess]:
    """The k likeliest readings of a picture; of several symbols the labels stand beside each other."""
    rows = []
    for rank, (score, places) in enumerate(_best(reading, k), 1):
        text = ""
        for symbol, place in zip(reading.symbols, places, strict=True):
            text += (" " if symbol.space and text else "") + labels[place]
        rows.append(Guess(image, rank, text, shortest(np.float32(score))))
    return rows


def doubt(reading: Reading, written: bool) -> str | None:
    """What is to be said where the network does not know the picture; None where it does."""
    if reading.surest >= LEAST:
        if reading.plain:
            return None
        return "this seems to be no writing on plain paper: the score says little"
    what = "no digit that the network knows" if written else "nothing that the network knows"
    if len(reading.symbols) > 1:
        unsure = sum(float(symbol.probabilities.max()) < LEAST for symbol in reading.symbols)
        return f"{unsure} of {len(reading.symbols)} may be {what}"
    return f"this may be {what}: the best guess has a probability of {reading.surest:.2f}"


def prepared(picture: Image.Image, written: bool) -> Floats:
    """What a network is given (28, 28) of an RGB picture that shows one thing. Raises NoAnswer where it is blank."""
    if not written:
        return _grey(picture)[0]
    if (
        pixels := as_it_is(np.asarray(picture.convert("L"), np.float32) / np.float32(255))
    ) is not None:
        return pixels
    return centred(_together(ink_of(picture).values).ink)[0]


def alone(ink: Floats, network: Network, steps: tuple[str, ...] = ()) -> Reading:
    """Ink (height, width), 0 to 1, as one digit, whatever its pieces are. Raises BadInput where it is too wide."""
    whole = _together(ink)
    if whole.width > WIDEST * whole.height:
        raise BadInput("this is wider than a digit")
    pixels, made = centred(whole.ink)
    symbol = Symbol(pixels, network.probabilities(pixels[None])[0], made)
    return Reading((symbol,), (*steps, "all its pieces taken as one digit"))


def drawn(ink: Floats, network: Network) -> Reading:
    """What is drawn on a canvas as one digit, however wide it is."""
    pixels, made = centred(_together(ink).ink)
    return Reading((Symbol(pixels, network.probabilities(pixels[None])[0], made),), ())


def _together(ink: Floats) -> Piece:
    """All pieces of ink as one."""
    pieces = [piece for line in writing_of(ink).lines for piece in line]
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = whole.joined(piece)
    return whole


def _looked_at(picture: Image.Image, network: Network) -> Reading:
    """A picture as a whole, for networks that were not trained on writing."""
    pixels, steps = _grey(picture)
    return Reading((Symbol(pixels, network.probabilities(pixels[None])[0]),), steps)


def _grey(picture: Image.Image) -> tuple[Floats, tuple[str, ...]]:
    """A picture made grey, 28 x 28, light on dark; what was done."""
    from PIL import Image

    small = picture.convert("L")
    steps = [f"{picture.width} x {picture.height} pixels"]
    if small.size != (SIDE, SIDE):
        small = small.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        steps.append(f"made grey, and {SIDE} x {SIDE}")
    light = np.asarray(small, np.float32) / np.float32(255)
    edge = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    if float(np.median(edge)) > 0.5:
        light = 1 - light
        steps.append("turned round, to light on dark")
    return light, tuple(steps)


def _best(reading: Reading, k: int) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The k likeliest choices of a label for each symbol, and their probability: best first."""
    orders = [np.argsort(-one.probabilities, kind="stable") for one in reading.symbols]
    logs = [np.log(np.maximum(one.probabilities, 1e-30)) for one in reading.symbols]

    def score(ranks: tuple[int, ...]) -> float:
        return sum(
            float(log[order[rank]]) for log, order, rank in zip(logs, orders, ranks, strict=True)
        )

    start = (0,) * len(orders)
    heap, seen = [(-score(start), start)], {start}
    while heap and k > 0:
        cost, ranks = heapq.heappop(heap)
        k -= 1
        yield math.exp(-cost), tuple(int(o[r]) for o, r in zip(orders, ranks, strict=True))
        for place, rank in enumerate(ranks):
            after = (*ranks[:place], rank + 1, *ranks[place + 1 :])
            if rank + 1 < len(orders[place]) and after not in seen:
                seen.add(after)
                heapq.heappush(heap, (-score(after), after))


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of a line's pieces as one digit; `log` its probability, less what the putting together costs."""

    symbol: Symbol
    piece: Piece
    log: float


def _line(line: Sequence[Piece], network: Network, follows: bool) -> list[Symbol]:
    """The symbols of a line: the cut into digits that the network finds likeliest."""
    height = float(np.median([piece.height for piece in line]))
    atoms = [atom for number, piece in enumerate(line) for atom in _atoms(piece, number)]
    runs = [
        (start, end, piece)
        for start in range(len(atoms))
        for end, piece in _runs(atoms, start, height)
    ]
    made = [centred(piece.ink) for _, _, piece in runs]
    shares = network.probabilities(np.stack([pixels for pixels, _ in made]))
    parts = {}
    for (start, end, piece), (pixels, steps), share in zip(runs, made, shares, strict=True):
        cost = APART * (_joins(atoms, start, end) + _cuts(atoms, start))
        log = math.log(max(float(share.max()), 1e-9)) - cost
        parts[start, end] = _Part(Symbol(pixels, share, steps), piece, log)
    best: list[tuple[float, list[_Part]]] = [(0.0, [])]
    for end in range(1, len(atoms) + 1):
        ways = [
            (best[start][0] + part.log, [*best[start][1], part])
            for (start, stop), part in parts.items()
            if stop == end
        ]
        best.append(max(ways, key=lambda way: way[0]))
    chosen = best[-1][1]
    return [
        _spaced(part, chosen[place - 1] if place else None, height, follows)
        for place, part in enumerate(chosen)
    ]


def _spaced(part: _Part, before: _Part | None, height: float, follows: bool) -> Symbol:
    far = follows if before is None else part.piece.left - before.piece.right > SPACE * height
    symbol = part.symbol
    return Symbol(symbol.pixels, symbol.probabilities, symbol.steps, far)


def _runs(
    atoms: Sequence[tuple[Piece, int]], start: int, height: float
) -> Iterator[tuple[int, Piece]]:
    """The pieces that begin at an atom and may be one digit, and where each ends."""
    whole = atoms[start][0]
    yield start + 1, whole
    for end in range(start + 2, min(start + TOGETHER, len(atoms)) + 1):
        whole = whole.joined(atoms[end - 1][0])
        if whole.width <= WIDEST * max(height, whole.height):
            yield end, whole


def _joins(atoms: Sequence[tuple[Piece, int]], start: int, end: int) -> int:
    """How many pieces that do not hang together, but stand beside each other, are put together."""
    between = zip(atoms[start : end - 1], atoms[start + 1 : end], strict=True)
    return sum(a[1] != b[1] and b[0].left >= a[0].right for a, b in between)


def _cuts(atoms: Sequence[tuple[Piece, int]], start: int) -> int:
    """1 where a piece is cut before this atom."""
    return int(start > 0 and atoms[start - 1][1] == atoms[start][1])


def _atoms(piece: Piece, number: int) -> Iterator[tuple[Piece, int]]:
    """A piece, cut where it is thin if it is wide enough to be several digits."""
    edges = [0, *_thin(piece), piece.width]
    for left, right in pairwise(edges):
        ink = piece.ink[:, left:right]
        rows = np.flatnonzero(ink.max(axis=1) > 0.1)
        if not rows.size:
            continue
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        yield (
            Piece(
                *(piece.left + left, piece.top + top),
                *(piece.left + right, piece.top + bottom),
                ink[top:bottom],
            ),
            number,
        )


def _thin(piece: Piece) -> list[int]:
    """The columns, left to right, where a wide piece has least ink, at least a quarter of its height apart."""
    if piece.width <= TOUCHING * piece.height:
        return []
    ink = piece.ink.sum(axis=0)
    room = max(2, round(0.25 * piece.height))
    wanted = max(1, round(piece.width / (0.5 * piece.height)) - 1)
    found: list[int] = []
    for column in np.argsort(ink, kind="stable").tolist():
        if len(found) == wanted:
            break
        if room <= column <= piece.width - room and all(abs(column - at) >= room for at in found):
            found.append(column)
    return sorted(found)
