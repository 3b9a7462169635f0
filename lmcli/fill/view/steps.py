"""One sentence in training: in colours and words, and as a drawing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.draw.figure import Figure, text_width
from lmcli.fill.pretext import MASKED, RANDOM, SAME, Place
from lmcli.frame.locale import said, told
from lmcli.nn.tokens.pieces import harmless

STYLES = {MASKED: "black on #fba238", RANDOM: "white on #7a0403", SAME: "black on #8ecae6"}
FILLS = {MASKED: "#fba238", RANDOM: "#e07a6b", SAME: "#8ecae6"}
SAYS = {
    MASKED: "hidden (8 of 10 chosen tokens)",
    RANDOM: "a random token in its place (1 of 10)",
    SAME: "left as it is, and predicted all the same (1 of 10)",
}
SIZE = 14


def steps(rows: Sequence[Place]) -> RenderableType:
    """What the model sees, static and dynamic, ELECTRA's question, then each chosen token with its loss."""
    grid = Table(box=None, pad_edge=False, show_header=False)
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(said("text"), Text(" ".join(harmless(row.token) for row in rows)))
    grid.add_row(said("seen"), _line([row.shown for row in rows], [row.action for row in rows]))
    for epoch in range(len(rows[0].dynamic)):
        name = said("epoch %d") % (epoch + 1)
        grid.add_row(Text(name, style="dim"), _line([row.dynamic[epoch] for row in rows], None))
    grid.add_row("ELECTRA", _electra(rows))
    return Group(
        grid,
        _chosen(rows),
        Text(said("static masking shows the line `seen` in every epoch, dynamic masking those below it"), "dim"),
        Text(told(_loss(rows)), style="dim"),
    )  # fmt: skip


def _line(tokens: Sequence[str], actions: Sequence[str | None] | None) -> Text:
    line = Text()
    for at, token in enumerate(tokens):
        action = actions[at] if actions else MASKED if token == "[MASK]" else None
        line.append(harmless(token), style=STYLES.get(action or "", ""))
        line.append(" ")
    return line


def _electra(rows: Sequence[Place]) -> Text:
    line = Text()
    for row in rows:
        line.append(harmless(row.electra), style=STYLES[RANDOM] if row.replaced else "")
        line.append("! " if row.replaced else " ")
        if row.suspected is not None:
            line.append(f"{row.suspected:.2f} ", style="dim")
    return line


def _chosen(rows: Sequence[Place]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("place", "token", "seen", "loss"):
        table.add_column(name, justify="right" if name in ("place", "loss") else "left")
    table.add_column("what is done")
    for row in rows:
        if row.action:
            loss = "-" if row.loss is None else f"{row.loss:.3f}"
            table.add_row(
                str(row.place), Text(harmless(row.token)),
                Text(harmless(row.shown), style=STYLES[row.action]), loss, said(SAYS[row.action]),
            )  # fmt: skip
    return table


def _loss(rows: Sequence[Place]) -> str:
    losses = [row.loss for row in rows if row.loss is not None]
    if not losses:
        return "no loss: the model has no single token for the chosen words"
    return f"loss of the sentence: {sum(losses) / len(losses):.3f} nats, the mean over the chosen tokens"


def figure(rows: Sequence[Place]) -> Figure:
    """Three lines of tokens: the text, what the model sees in colours with the losses below, what ELECTRA sees."""
    widths = [
        max(text_width(word, SIZE) for word in (row.token, row.shown, row.electra)) + 14
        for row in rows
    ]
    drawn = Figure(sum(widths) + 110, 190, title=said("What a masked-word model is trained on"))
    drawn.text(16, 26, drawn.title, size=15, bold=True)
    for y, name in ((56, "text"), (92, "seen"), (152, "ELECTRA")):
        drawn.text(16, y, said(name), size=SIZE, middle=True, bold=True)
    x = 96.0
    for row, width in zip(rows, widths, strict=True):
        drawn.text(x + width / 2, 56, row.token, size=SIZE, anchor="middle", middle=True)
        if row.action:
            drawn.rect(x + 2, 78, width - 4, 28, fill=FILLS[row.action])
        drawn.text(x + width / 2, 92, row.shown, size=SIZE, anchor="middle", middle=True)
        if row.loss is not None:
            drawn.text(x + width / 2, 120, f"{row.loss:.2f}", size=11, anchor="middle", middle=True)
        if row.replaced:
            drawn.rect(x + 2, 138, width - 4, 28, fill=FILLS[RANDOM])
        drawn.text(x + width / 2, 152, row.electra, size=SIZE, anchor="middle", middle=True)
        if row.suspected is not None:
            told = f"{row.suspected:.2f}"
            drawn.text(x + width / 2, 177, told, size=11, anchor="middle", middle=True)
        x += width
    return drawn
