"""The walk through a transformer, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.draw.bars import bar
from lmcli.draw.heatmap import Heatmap
from lmcli.frame.locale import said, told
from lmcli.nn.tokens.pieces import harmless
from lmcli.translate.steps import Step, Walk

SHOWN = 5  # numbers of a row
BAR = 16


def steps(walk: Walk) -> RenderableType:
    """All pages, one below the other."""
    parts: list[RenderableType] = []
    for page in pages(walk):
        parts += [page, Text()]
    return Group(*parts[:-1])


def pages(walk: Walk) -> list[RenderableType]:
    """What is read, the encoder, each step of the decoder, the alignment."""
    return [_read(walk), _encoder(walk), *(_step(walk, one) for one in walk.steps), _end(walk)]


def _head(name: str, rest: str = "") -> Text:
    return Text.assemble((name, "bold"), "  ", (rest, "dim"))


def _read(walk: Walk) -> RenderableType:
    places, width = walk.vectors.shape
    grid = _numbers()
    positions = walk.positions()
    for at, token in enumerate(walk.tokens):
        own = walk.vectors[at] - positions[at]
        grid.add_row(Text(token), str(walk.ids[at]), said("embedding"), *_some(own))
        if not walk.encoder.size:
            continue  # a GRU knows places by reading one after the other
        grid.add_row("", "", f"+ {said('place')} {at}", *_some(positions[at]))
        grid.add_row("", "", "=", *_some(walk.vectors[at]))
    return Group(
        _head(
            said("1 what goes in"),
            told(f"{places} tokens, each {width} numbers ({SHOWN} are shown)"),
        ),
        grid,
    )


def _encoder(walk: Walk) -> RenderableType:
    layers, heads, places, _ = walk.encoder.shape
    states = _numbers()
    for token, state in zip(walk.tokens if walk.cross.size else "C", walk.states, strict=True):
        states.add_row(Text(token), "", "", *_some(state))
    count, width = walk.states.shape
    if not layers:
        held = told(f"a GRU from each side; C, {count} x {width}, is what both hold at each token")
        if not walk.cross.size:
            held = told(f"a GRU from each side; C, {count} x {width}, is what both end with")
        return Group(_head(said("2 encoder"), held), states)
    at = min(1, places - 1)
    grid = Table(box=None, pad_edge=False, padding=(0, 2))
    for name in (f"{walk.tokens[at]} looks at", "score q k / sqrt(d)", "weight = softmax"):
        grid.add_column(told(name), justify="right" if name[0] in "sw" else "left")
    for other, token in enumerate(walk.tokens):
        score, weight = walk.scores[0, 0, at, other], walk.encoder[0, 0, at, other]
        grid.add_row(Text(token), f"{score:.3f}", f"{weight:.3f} {bar(float(weight), BAR):<{BAR}}")
    return Group(
        _head(
            said("2 encoder"),
            told(f"{layers} layers of {heads} heads; every token sees every other"),
        ),
        Text(told(f"self-attention of {walk.tokens[at]} in layer 1, head 1:")),
        grid,
        Text(told(f"the matrix C, {places} x {width}: what the encoder says of each token")),
        states,
    )


def _step(walk: Walk, step: Step) -> RenderableType:
    looked = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
    for token, weight in zip(step.source_tokens, step.attention, strict=bool(step.attention)):
        looked.add_row(Text(token), f"{weight:.3f}", Text(bar(weight, BAR), style="cyan"))
    likely = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
    for one in step.likely:
        style = "bold" if one.token == step.token else ""
        likely.add_row(
            Text(harmless(one.token), style=style),
            f"{one.probability:.3f}",
            Text(bar(one.probability, BAR)),
        )
    beside = Table(box=None, pad_edge=False, padding=(0, 4, 0, 0))
    parts = [("cross-attention on C", looked)] if step.attention else []
    for name, _ in [*parts, ("likeliest next words", likely)]:
        beside.add_column(name)
    beside.add_row(*(part for _, part in parts), likely)
    hides = "the mask hides what is not written yet"
    keeps = said(hides if walk.encoder.size else "its state is all it keeps")
    read = " ".join(map(harmless, step.before))
    taken = Text.assemble(
        said("taken: "), (harmless(step.token), "bold"), f"  {step.probability:.3f}"
    )
    return Group(
        _head(said("3.%d decoder") % step.step, keeps),
        Text(said("read so far: %s") % read),
        beside,
        taken,
    )


def _end(walk: Walk) -> RenderableType:
    return Group(
        _head(said("4 what was written")),
        Text(f"{walk.text} -> {harmless(walk.translation)}"),
        *([Text(alignment(walk))] if walk.cross.size else []),
    )


def alignment(walk: Walk, weights: np.ndarray | None = None) -> str:
    """Which source token each written one looks at most: 猫 — cat. Signs of the end are left out."""
    weights = walk.weights() if weights is None else weights
    pairs = []
    for word, row in zip(walk.written[:-1], weights, strict=False):
        inner = row[:-1] if len(row) > 1 else row
        pairs.append(f"{walk.tokens[int(np.argmax(inner))]} — {harmless(word)}")
    return ", ".join(pairs)


def heatmap(walk: Walk, title: str, weights: np.ndarray) -> RenderableType:
    """Cross-attention as cells: a row a written word, a column a source token."""
    shown = Heatmap(
        weights.tolist(),
        rows=[harmless(word) for word in walk.written],
        columns=walk.tokens,
        low=0.0,
        high=1.0,
        title=title,
    )
    return Group(shown, Text(alignment(walk, weights)))


def _numbers() -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    for place in range(SHOWN + 4):
        grid.add_column(justify="left" if place in (0, 2) else "right", no_wrap=True)
    return grid


def _some(values: Sequence[float] | np.ndarray) -> list[str]:
    return [*(f"{float(one):7.3f}" for one in values[:SHOWN]), "..."]
