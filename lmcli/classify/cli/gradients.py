"""The command `classify gradients`: the vanishing gradient of recurrent nets."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment

CELLS = ("rnn", "lstm", "gru")
LONGEST = 1000


class Cells(click.ParamType[tuple[str, ...]]):
    """Kinds of cells with commas between them."""

    name = "CELL,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The kinds, each once."""
        if isinstance(value, tuple):
            return value
        kinds = tuple(
            dict.fromkeys(part.strip() for part in str(value).replace("，", ",").split(","))
        )
        if not set(kinds) <= set(CELLS):
            self.fail(f"{value!r}: the cells are {', '.join(CELLS)}.", param, ctx)
        return kinds


@click.command(
    epilog="Fields: cell, length, weights (fresh or trained), step, norm (of d loss / d h), cell_norm (of "
    "d loss / d c, the lstm's), gate (f of the lstm, z of the gru: of the feature that keeps the most), accuracy.\n\n"
    "Example:  lmcli classify gradients --cells rnn,lstm --steps 5"
)
@click.option("--cells", type=Cells(), default=CELLS, show_default=",".join(CELLS), help="Which.")
@click.option(
    "--steps",
    "lengths",
    type=click.IntRange(2, LONGEST),
    multiple=True,
    default=(5, 100),
    show_default=True,
    help="How long the sequences are; may be given again.",
)
@click.option(
    "--hidden",
    type=click.IntRange(1, 256),
    default=16,
    show_default=True,
    help="Features of a state.",
)
@click.option(
    "--clip",
    type=options.Finite(0, min_open=True),
    metavar="NORM",
    help="Scale gradients of training down to this norm.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)
@options.common("seed")
@click.pass_obj
def gradients(
    env: Environment,
    cells: tuple[str, ...],
    lengths: tuple[int, ...],
    hidden: int,
    clip: float | None,
    save: Path | None,
    seed: int,
) -> None:
    """Show how gradients vanish on their way back through time.

    The norm of d loss / d h after each step, the mean over 100 random sequences, for fresh weights and for trained
    ones. The class of a sequence is the sign of its first number: the answer stands where the gradient has farthest
    to go. Cells and back-propagation through time are plain numpy: lmcli/classify/recurrent/cells.py.
    """
    env.limit_blas()
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    from lmcli.classify.recurrent import vanishing

    found = []
    lengths = tuple(dict.fromkeys(lengths))
    with env.output.progress("training", 2 * len(cells) * len(lengths)) as advance:
        for rows in vanishing.gradients(cells, lengths, hidden, seed=seed, clip=clip):
            found.append(rows)
            advance(1, f"{rows[0].cell}, {rows[0].length} steps")
    if save:
        from lmcli.classify.view.gradients import figure

        figure(found).save(save, note=env.output.warn)
    if env.output.format == "table":
        from lmcli.classify.view.gradients import shown

        env.output.render(
            shown([row for rows in found for row in rows])
        )  # no block may end between them
    else:
        env.output.rows(chain(*found))
