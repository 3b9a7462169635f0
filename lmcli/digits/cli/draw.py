"""lmcli digits draw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, NoAnswer

if TYPE_CHECKING:
    from lmcli.digits.network import Floats

BEST = 3


@click.command(
    epilog="Fields: image, rank, label, score.\n\nExample:  lmcli digits draw --save seven.png"
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the drawing as .png.",
)
@options.common("model", "provider", "threads", k=BEST)
@click.pass_obj
def draw(env: Environment, save: Path | None, k: int, model: str | None) -> None:
    """Draw a digit and watch it being read.

    With the mouse, or with the arrow keys (hjkl): space puts the pen down and lifts it, e turns it into an eraser, u
    takes a stroke back, c clears; Enter ends and prints what was read, q leaves. Needs a terminal.
    """
    if not (env.stdin_isatty and env.stdout_isatty):
        raise BadUsage(
            "one draws at a terminal, and this is none",
            "pictures in a pipe are read by: lmcli digits classify -",
        )
    if save and save.suffix.lower() != ".png":
        raise BadUsage(f"{save}: a drawing is kept as .png", "name it so")
    env.limit_blas()
    from lmcli.digits.api import Digits
    from lmcli.digits.reading import drawn, guesses
    from lmcli.digits.view.drawing import Drawing

    network = Digits.of(env, model).network

    def read(ink: Floats) -> Any:
        return drawn(ink, network).symbols[0].probabilities

    drawing = Drawing(read, network.labels, env.wants_color(env.stdout_isatty))
    with env.dialogue():
        done = drawing.run()
    if save and not drawing.canvas.is_blank:
        _keep(drawing.canvas.ink, save)
        env.output.note(f"wrote {save}")
    if not done:
        return
    if drawing.canvas.is_blank:
        raise NoAnswer("nothing was drawn")
    rows = guesses("drawing", drawn(drawing.canvas.ink, network), network.labels, k)
    env.output.rows(rows, several=False, render=_render)


def _keep(ink: Floats, path: Path) -> None:
    """The drawing as a picture, dark on light, ten pixels a point."""
    import numpy as np
    from PIL import Image

    from lmcli.frame.disk.whole import new_file

    picture = Image.fromarray(((1 - ink) * 255).round().astype(np.uint8))
    with new_file(path) as stream:
        picture.resize((picture.width * 10, picture.height * 10), Image.Resampling.BICUBIC).save(
            stream, "png"
        )


def _render(rows: list[Any]) -> Any:
    from lmcli.draw.guesses import guesses

    return guesses(rows)
