"""The command `translate compare`: GRUs, GRUs with attention and a transformer on the same pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late
from lmcli.translate.cli import options as own

if TYPE_CHECKING:
    from lmcli.training.task import Plan, Run
    from lmcli.translate.train.comparing import Compared
    from lmcli.translate.train.learning import Learning
    from lmcli.translate.train.own import Corpus


@click.command(
    epilog="Fields: model, parameters, seconds, bleu, by_length [{shortest, longest, pairs, bleu}].\n\n"
    "Example:  lmcli translate compare --save lengths.svg"
)
@own.pairs(required=False)
@own.network(layers=1)
@click.option(
    "--epochs", type=click.IntRange(min=1), default=10, show_default=True, help="Passes of each."
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    help="Examples in a step.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw BLEU by length as .svg, .png or .html.",
)
@options.common("threads", "offline", "seed")
@click.pass_obj
def compare(env: Environment, /, pairs: Path | None, save: Path | None, **given: Any) -> None:
    """Train the three kinds of translators on the same pairs: BLEU by the length of a sentence.

    A GRU encoder-decoder, the same with attention, and a transformer of the same width learn from the same pairs for as
    many epochs, with the same seed. The held-out tenth is put into five groups by the number of source tokens. Without
    attention one vector must hold the whole sentence, however long. Without PAIRS they are 6,000 sentences of lmcli's
    own grammar, of one to five clauses: some minutes. Needs the extra train.
    """
    from lmcli.translate.cli.train import gather

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    given["device"] = "auto"
    corpus, failed = gather(env, pairs, given)
    rows = _rows(env, corpus, given)
    if save:
        from lmcli.translate.view.figures import lengths_figure

        lengths_figure(rows).save(save, note=env.output.warn)
    env.output.rows(rows, render=late("lmcli.translate.view.comparison:table"))
    if failed:
        raise failed


def _rows(env: Environment, corpus: Corpus, given: dict[str, Any]) -> list[Compared]:
    from lmcli.training.cli.running import shown
    from lmcli.training.task import Plan
    from lmcli.translate.cli.train import say_left_out
    from lmcli.translate.train.comparing import KINDS, compared
    from lmcli.translate.train.own import Settings

    settings = Settings(given["width"], given["layers"], given["dropout"], batch=given["batch"])
    plan = Plan(given["epochs"], 2e-3, warmup=0.1, seed=given["seed"])
    rows: list[Compared] = []

    def loop(task: Learning, plan: Plan) -> Run:
        if not rows:
            say_left_out(env, task)
        return shown(env, task, plan)

    for kind in KINDS:
        env.output.note(f"training {kind}")
        rows.append(compared(corpus, replace(settings, kind=kind), plan, given["device"], loop))
    return rows
