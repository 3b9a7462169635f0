"""The command `fill texts`, which `lmcli fill TEXT` is short for."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import PartialFailure
from lmcli.frame.inputs import Records
from lmcli.frame.tree.lazy import late


@click.command(
    epilog="Fields: input, mask, rank, token, score, text; with --eval: method, kind, count, top1, top5, ms.\n\n"
    'Example:  lmcli fill "The [MASK] sat on the [MASK]."'
)
@inputs.argument("texts", metavar="TEXT", join=True, unless="cloze")
@click.option(
    "--independent", is_flag=True, help="Fill each mask by itself, not all of them jointly."
)
@click.option(
    "--eval",
    "cloze",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    metavar="FILE",
    help="Score methods on JSON lines {text, answers, kind}, a mask in each text.",
)
@click.option(
    "--text",
    "corpus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --eval: a text from which the baselines of n-grams learn.",
)
@options.common("model", "provider", "threads", "offline", k=5)
@click.pass_obj
def texts(
    env: Environment,
    texts: Records,
    independent: bool,
    cloze: Path | None,
    corpus: Path | None,
    k: int,
    model: str | None,
) -> None:
    """Fill the masks of a text with words that fit.

    [MASK], <mask>, ___ and ＿ are masks. The score of a word is its probability: among the candidates that were
    weighed, or, of a fill-mask model, among all words. Several masks are filled jointly: `text` is the best sentence
    with the word. stdin: a text a line.
    """
    from lmcli.fill.api import Masks

    masks = Masks.of(env, model)
    if cloze:
        _evaluate(env, masks, cloze, corpus)
        return
    outcomes = texts.map(lambda text: masks.fill(text, k=k, independent=independent))
    env.output.stream(outcomes, texts, render=late("lmcli.fill.view.render:fillings"), apart=True)


def _evaluate(env: Environment, masks: object, cloze: Path, corpus: Path | None) -> None:
    from lmcli.fill.api import Masks
    from lmcli.fill.evaluation import evaluate, read_items

    assert isinstance(masks, Masks)
    items, faults = read_items(cloze)
    for line, error in faults:
        env.output.error(error, line)
    if items:
        with env.output.progress("items", total=len(items)) as advance:
            found = evaluate(env, masks, items, corpus, advance)
        env.output.rows(found)
    if faults:
        raise PartialFailure(len(faults), len(faults) + len(items))
