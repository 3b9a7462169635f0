"""The plane as a network sees it, drawn in letters and colours, and what there is to say of the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.draw.bars import sparkline
from lmcli.draw.colormap import hexadecimal
from lmcli.frame.locale import said, told
from lmcli.mlp.data import GATES, MAKERS, Data
from lmcli.mlp.learning import Learner
from lmcli.mlp.network import Network
from lmcli.mlp.view.plane import colors, grid, ink

if TYPE_CHECKING:
    from rich.console import Console

AREAS = "·+=~:-^'"  # of the classes where there is no colour; the points are the classes' numbers
WIDTH, HEIGHT = 32, 16
ACT = 24  # columns of an act of the lesson
LISTED = 8  # examples that are listed one by one


def plane(network: Network, data: Data, width: int, height: int, colored: bool) -> Text:
    """The probability of the classes over the plane, and the examples where they lie."""
    points = _places(data, width, height)
    lines: list[list[tuple[str, str]]]
    if not colored:
        guesses = grid(network, data, width, height).argmax(axis=2)
        lines = [[(AREAS[guess % len(AREAS)], "") for guess in row] for row in guesses.tolist()]
        for (column, row), label in points.items():
            lines[row][column] = (_number(label), "")
    else:
        cells = colors(grid(network, data, width, 2 * height)).tolist()
        names = [[hexadecimal((r, g, b)) for r, g, b in row] for row in cells]
        pairs = zip(names[::2], names[1::2], strict=True)
        lines = [[("▀", f"{a} on {b}") for a, b in zip(*pair, strict=True)] for pair in pairs]
        for (column, row), label in points.items():
            lines[row][column] = ("●", f"{ink(label)} on {names[2 * row + 1][column]}")
    text = Text()
    for line in lines:
        for mark, style in line:
            text.append(mark, style)
        text.append("\n")
    text.right_crop(1)
    return text


def _places(data: Data, width: int, height: int) -> dict[tuple[int, int], int]:
    """(column, row) of the cell in which each example lies, and its class."""
    low, high = data.bounds()
    share = (data.X - low) / (high - low)
    columns = (share[:, 0] * width).astype(int).tolist()
    rows = ((1 - share[:, 1]) * height).astype(int).tolist()
    return dict(zip(zip(columns, rows, strict=True), data.y.tolist(), strict=True))


def _number(label: int) -> str:
    return "0123456789abcdefghijklmnopqrstuvwxyz"[label]


def colored(console: Console) -> bool:
    """Whether a console has colours enough for shades."""
    return not console.no_color and console.color_system not in (None, "standard", "windows")


def summary(learner: Learner, console: Console) -> RenderableType:
    """The plane, and beside it how far learning has come."""
    beside_it = _described(learner)
    if not learner.data.plane:
        names = ", ".join(learner.data.features)
        none = told(f"no picture: {learner.data.X.shape[1]} features ({names})")
        return Group(beside_it, Text(none, "dim"))
    height = max(min(HEIGHT, console.height - 5), 4)
    width = min(WIDTH, console.width // 2)
    beside = Table.grid(padding=(0, 3, 0, 0))
    picture = plane(learner.network, learner.data, width, height, colored(console))
    beside.add_row(Group(picture, _edges(learner.data)), beside_it)
    return beside


def _edges(data: Data) -> Text:
    """What lies across and upwards, from where to where."""
    low, high = (edge * data.spread + data.mean for edge in data.bounds())
    to = said("to")
    ranges = [f"{n} {a:.3g} {to} {b:.3g}" for n, a, b in zip(data.features, low, high, strict=True)]
    return Text(said("across: %s\nupwards: %s") % (ranges[0], ranges[1]), "dim")


def _described(learner: Learner) -> Text:
    """The network, its loss, what it gets right, and the examples where they are few."""
    settings, row = learner.settings, learner.progress()
    count = len(learner.data)
    text = Text()
    text.append(f"{row.data}{said(': ')}{told(learner.neurons)}\n", "bold")
    way = told(
        f"{settings.optimizer}, rate {settings.rate:g}, epoch {row.epoch} of {settings.epochs}"
    )
    right = told(f"right {round(row.accuracy * count)} of {count}")
    curve = sparkline(_sampled(learner.losses), low=0)
    text.append(f"{way}\n{said('loss')}  {row.loss:.4f}  {curve}\n{right}\n")
    if formula := _formula(learner):
        text.append(f"{formula}\n")
    if learner.data.name not in MAKERS:
        text.append(said("features moved to mean 0, scaled to spread 1") + "\n", "dim")
    text.append("\n")
    if count <= LISTED:
        text.append_text(_examples(learner))
    else:
        text.append_text(_legend(learner.data))
    if last := verdict(learner):
        text.append(f"\n\n{said(last)}")
    return text


def _sampled(losses: Sequence[float], count: int = 24) -> list[float]:
    """At most `count` of the losses, at equal distances."""
    if len(losses) <= count:
        return list(losses)
    return [losses[round(i * (len(losses) - 1) / (count - 1))] for i in range(count)]


def _formula(learner: Learner) -> str:
    """What one neuron computes."""
    if learner.settings.hidden or len(learner.data.classes) > 2:
        return ""
    layer = learner.network.layers[0]
    if len(layer.W) > 3:
        return ""
    pairs = zip(layer.W[:, 0].tolist(), learner.data.features, strict=True)
    terms = " ".join(f"{weight:+.2f} {name}" for weight, name in pairs)
    return f"p = sigmoid({terms} {layer.b[0]:+.2f})"


def _examples(learner: Learner) -> Text:
    """Each example with its class and the probability of class 1 (or of its own, of several)."""
    data, text = learner.data, Text()
    passed = learner.network.forward(data.X)
    guesses = learner.guesses(passed).tolist()
    original = data.X * data.spread + data.mean
    own = len(data.classes) > 2
    for row, label, p, guess in zip(original, data.y.tolist(), passed.p, guesses, strict=True):
        text.append("  ".join(f"{value:.3g}" for value in row))
        text.append("  ->  ").append(data.classes[label], f"bold {ink(label)}")
        text.append(f"   p {p[label] if own else p[0]:.3f}")
        text.append("\n" if guess == label else " ✗\n", "bold red")
    text.right_crop(1)
    return text


def _legend(data: Data) -> Text:
    text = Text()
    for number, name in enumerate(data.classes):
        count = int((data.y == number).sum())
        text.append(f"{_number(number)} ● ", ink(number)).append(
            told(f"{name}: {count} examples") + "\n"
        )
    text.right_crop(1)
    return text


def verdict(learner: Learner) -> str:
    """What is to be learnt of how it ended; nothing where all is right."""
    row = learner.progress()
    if row.accuracy == 1 or row.epoch < learner.settings.epochs:
        return ""
    if not learner.settings.hidden:
        return "One neuron draws one straight line;\nthese classes need more: --hidden 4"
    if row.data in GATES:
        return "Stuck: another start (--seed 1) or\nmore neurons (--hidden 8) may help"
    return "Not all right: try more --epochs or --hidden"


def lesson(learners: Sequence[Learner], console: Console) -> RenderableType:
    """The acts side by side, and what they show."""
    beside = Table.grid(padding=(0, 2, 0, 0))
    cells: list[RenderableType] = []
    width = max(min(ACT, (console.width - 6) // len(learners)), 8)
    for learner in learners:
        row = learner.progress()
        name = f"{row.data}{said(': ')}{told(learner.neurons)}"
        head = Text(name, "bold", no_wrap=True, overflow="ellipsis")
        picture = plane(learner.network, learner.data, width, 8, colored(console))
        right = round(row.accuracy * len(learner.data))
        score = told(f"loss {row.loss:.3f}, right {right} of 4")
        cells.append(Group(head, picture, Text(f"{score}\n"), _examples(learner)))
    beside.add_row(*cells)
    return Group(beside, Text(), Text(said(SAID)))


SAID = (
    "p = sigmoid(w1 x1 + w2 x2 + b) is a line through the plane: one neuron separates AND, and no line does XOR "
    "(p = .5 everywhere is the best it finds). Hidden neurons draw a line each, and the last one combines them.\n"
    "Next: lmcli mlp xor, then lmcli mlp xor --hidden 2 --trace, then lmcli mlp spiral"
)
