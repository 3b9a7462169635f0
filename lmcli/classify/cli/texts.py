"""The command `classify texts`, which `lmcli classify TEXT` is short for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, NoAnswer
from lmcli.frame.inputs import Outcome, Records
from lmcli.frame.tree.lazy import late

BATCH = 1024  # texts of stdin that are read and run together
ALL = 1_000_000  # labels


@click.command(
    epilog="Fields: text, rank, label, score; with -v: words [{word, start, end, weight}], by how much the label's "
    "log-odds fall without the word.\n\n"
    'Example:  lmcli classify "This movie is great!"'
)
@inputs.argument("texts", metavar="TEXT...")
@click.option("--proba", is_flag=True, help="Every label with its probability.")
@click.option(
    "-v",
    "--verbose",
    "reasons",
    is_flag=True,
    help="Mark the words that decided: each is left out once.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the text with its words marked as .svg, .png or .html.",
)
@options.common(
    "model",
    "provider",
    "threads",
    "offline",
    k=(None, "1; of several labels a text, the likely ones"),
)
@click.pass_obj
def texts(
    env: Environment,
    texts: Records,
    proba: bool,
    reasons: bool,
    save: Path | None,
    k: int | None,
    model: str | None,
) -> None:
    """Label texts with a model that has learnt the labels.

    The score is the label's probability. Without --model the text's script chooses: sentiment-en for Latin letters,
    sentiment-zh for Chinese characters, both positive or negative. stdin: a text a line.
    """
    from lmcli.classify.api import Classifier
    from lmcli.classify.labelling import Keep, label

    if proba and k is not None:
        raise BadUsage("--proba shows every label, and -k some", "leave one out")
    if save:
        from lmcli.draw.figure import checked_suffix

        if texts.several:
            raise BadUsage("--save takes the picture of one text", "name the text as the argument")
        checked_suffix(save)
    env.limit_blas()
    reasons = reasons or save is not None
    classifier = Classifier.of(env, model)
    keep = Keep(ALL if proba else k, reasons, classifier.known if reasons else ())
    answer = classifier.choice.each(lambda one, batch: label(one, batch, keep))
    outcomes: Iterable[Outcome] = texts.map_batches(answer, BATCH)
    if save:
        outcomes = _saved(env, outcomes, save)
    drawn = late("lmcli.classify.view.labels:explained") if reasons else None
    env.output.stream(_some(outcomes), texts, render=drawn)


def _some(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes. Raises NoAnswer at their end where not one text has a label that is likely."""
    total, nothing = 0, True
    for outcome in outcomes:
        total += 1
        nothing = nothing and not outcome.rows and outcome.error is None
        yield outcome
    if nothing and total:
        raise NoAnswer("no label is likelier than not", "-k 3 shows the likeliest, --proba all")


def _saved(env: Environment, outcomes: Iterable[Outcome], path: Path) -> Iterator[Outcome]:
    for outcome in outcomes:
        if rows := list(outcome.rows):
            from lmcli.classify.view.figures import marked

            marked(rows[0]).save(path, note=env.output.warn)
        yield outcome
