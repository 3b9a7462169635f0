"""The command `fill compare`: one mask seen by three kinds of models."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.inputs import Records
from lmcli.frame.tree.lazy import late


@click.command(
    epilog="Fields: input, view, rank, token, score, sees.\n\n"
    'Example:  lmcli fill compare "The [MASK] barked at the postman."'
)
@inputs.argument("texts", metavar="TEXT", join=True)
@click.option(
    "--answer",
    metavar="WORD",
    help="Show only where this word stands in each view, of its first 1,000.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the views, with who sees whom, as .svg, .png or .html; of one text.",
)
@options.common("model", "provider", "threads", "offline", k=5)
@click.pass_obj
def compare(
    env: Environment,
    texts: Records,
    answer: str | None,
    save: Path | None,
    k: int,
    model: str | None,
) -> None:
    """See one mask from the left, from both sides, and from a bag of words.

    left: what a decoder (GPT) expects next, which sees only what stands before. both: the words that fit the whole
    sentence (BERT). bag: the words nearest to the mean vector of the others, whose order is lost. Beside them stands
    who sees whom: the attention masks. stdin: a text a line.
    """
    from lmcli.fill.api import Masks

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
        if texts.from_stdin:
            raise BadUsage("--save draws one text", "give it as an argument")
    masks = Masks.of(env, model)

    def views(text: str) -> object:
        rows = masks.compare(text, k=k, answer=answer)
        if save:
            from lmcli.fill.view.compare import figure

            figure(rows).save(save, note=env.output.warn)
        return rows

    render = late("lmcli.fill.view.compare:views")
    env.output.stream(texts.map(views), texts, render=render, apart=True)
