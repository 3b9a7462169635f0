"""The command `translate steps`: one sentence through the whole transformer."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.tree.lazy import late

TEXT = "我爱机器"


@click.command(
    epilog="Fields: step, token, probability, source_tokens, attention, before, likely [{token, probability}].\n\n"
    "Example:  lmcli translate steps 我爱机器"
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option("--against", metavar="TEXT2", help="A translation that the decoder is made to write.")
@click.option(
    "--turn", is_flag=True, help="In a terminal: a page a step; right and left turn them, q leaves."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the steps of the decoder as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def steps(
    env: Environment,
    text: tuple[str, ...],
    against: str | None,
    turn: bool,
    save: Path | None,
    model: str | None,
) -> None:
    """Walk one sentence through encoder and decoder, with the model's own numbers.

    Tokens, embeddings and places, self-attention in the encoder, the matrix C that it makes; then each step of the
    decoder: what it has read, what it looks at in C, the likeliest next words, until the sign of the end. 我爱机器 if
    no text is given.
    """
    from lmcli.translate.api import Translator

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    if turn and not (env.stdin_isatty and env.stdout_isatty):
        raise BadUsage("--turn needs a terminal", "leave it out: all steps are printed")
    walk = Translator.of(env, model).steps(" ".join(text) or TEXT, against)
    if save:
        from lmcli.translate.view.figures import steps_figure

        steps_figure(walk).save(save, note=env.output.warn)
    if turn:
        from lmcli.translate.cli.turning import turn_pages
        from lmcli.translate.view.steps import pages

        turn_pages(env, pages(walk))
        return
    drawn = late("lmcli.translate.view.steps:steps")
    env.output.rows(walk.steps, render=lambda _rows: drawn(walk))
