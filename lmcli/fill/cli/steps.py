"""The command `fill steps`: how BERT is trained on one sentence."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late

TEXT = "The cat sat on the mat"


@click.command(
    epilog="Fields: place, token, chosen, action, shown, loss, dynamic, electra, replaced, suspected.\n\n"
    'Example:  lmcli fill steps "The cat sat on the mat" --rate 0.3'
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option(
    "--rate",
    type=options.Finite(min=0, max=1, min_open=True),
    default=0.15,
    show_default=True,
    help="The share of the tokens that is chosen, one at least.",
)
@click.option("--whole-words", is_flag=True, help="Choose all pieces of a word, or none.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the tokens as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline", "seed")
@click.pass_obj
def steps(
    env: Environment,
    text: tuple[str, ...],
    rate: float,
    whole_words: bool,
    save: Path | None,
    seed: int,
    model: str | None,
) -> None:
    """Show how BERT is trained: what is masked, and what it costs.

    15 % of the tokens are chosen; of these 80 % are masked, 10 % replaced by a random token, 10 % left. The loss is
    -ln of the probability of the true token. `dynamic` shows what three epochs see that choose anew, `electra` what
    a generator puts in the chosen places: replaced or not is ELECTRA's question of every token. A model of lmcli
    pretrain --objective electra puts its own words there, and `suspected` is its answer: the probability of replaced.
    """
    from lmcli.fill.api import Masks
    from lmcli.fill.pretext import Plan

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    plan = Plan(rate, seed, whole_words)
    rows = Masks.of(env, model).steps(" ".join(text) if text else TEXT, plan)
    if save:
        from lmcli.fill.view.steps import figure

        figure(rows).save(save, note=env.output.warn)
    env.output.rows(rows, render=late("lmcli.fill.view.steps:steps"))
