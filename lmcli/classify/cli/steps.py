"""The command `classify steps`: one text through a model."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late

TEXT = "This movie is great!"


@click.command(
    epilog="Fields: step, formula, shape, rows, columns, values.\n\n"
    'Example:  lmcli classify steps "This movie is great!"'
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the gates, or the states, word by word as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def steps(env: Environment, text: tuple[str, ...], save: Path | None, model: str | None) -> None:
    """Walk one text through a model: ids, embeddings, states, logits, softmax.

    Each step has its shape and its numbers, as the model's own graph makes them; "This movie is great!" if no text is
    given. A net that reads word by word (rnn, lstm, gru) also shows its gates, and its answer after each word.
    """
    from lmcli.classify.api import Classifier

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    rows = Classifier.of(env, model).steps(" ".join(text) or TEXT)
    if save:
        from lmcli.classify.view.steps import figure

        figure(rows).save(save, note=env.output.warn)
    env.output.rows(rows, render=late("lmcli.classify.view.steps:steps"))
