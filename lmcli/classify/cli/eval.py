"""The command `classify eval`: a model held against texts whose labels are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure
from lmcli.frame.tree.lazy import late

if TYPE_CHECKING:
    from lmcli.classify.evaluation import Answers

HEAD = 20  # texts that the model is chosen by, where none is named


@click.command(
    "eval",
    epilog="Fields: data, model, texts, accuracy, macro_f1, ece, labels, confusion, by_label [{label, texts, "
    "precision, recall, f1}]; with --errors: line, text, label, predicted, score; with --calibration: low, high, "
    "count, confidence, accuracy.\n\n"
    "Example:  lmcli classify eval comments.csv",
)
@click.argument("data", type=click.Path(exists=True, path_type=Path), metavar="DATA")
@click.option("--text", "text", metavar="COLUMN", help="The column, or field, of the texts.")
@click.option("--label", "label", metavar="COLUMN", help="The column, or field, of the labels.")
@click.option(
    "--errors", is_flag=True, help="List the texts with a wrong answer, the surest first."
)
@click.option(
    "--calibration",
    is_flag=True,
    help="Show whether answers of 80 % confidence are right 8 times in 10.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the confusion matrix, or the calibration, as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline", k=(None, "all errors"))
@click.pass_obj
def eval_(
    env: Environment,
    data: Path,
    text: str | None,
    label: str | None,
    errors: bool,
    calibration: bool,
    save: Path | None,
    k: int | None,
    model: str | None,
) -> None:
    """Hold a model against texts whose labels are known.

    DATA is a .csv or .tsv with the columns text and label, a .jsonl with such fields, or a folder with a subfolder a
    label. macro_f1 is the mean of the labels' F1; ece says by how much confidence and accuracy differ.
    """
    if errors and (calibration or save):
        raise BadUsage("--errors lists texts, the others draw", "ask for one at a time")
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    found, failed = _answers(env, data, model, text, label)
    rows: list[Any] = [found.evaluation(data)]
    drawn = "evaluation"
    if calibration:
        rows, drawn = found.bins(), "calibration"
    if save:
        from lmcli.classify.view import scores

        scores.figure(rows).save(save, note=env.output.warn)
    if errors:
        rows = found.mistakes()[:k]
        env.output.note(f"{len(rows)} of {len(found.examples)} texts")
        env.output.rows(rows)
    else:
        env.output.rows(rows, render=late(f"lmcli.classify.view.scores:{drawn}"))
    if failed:
        raise PartialFailure(failed, failed + len(found.examples))


def _answers(
    env: Environment, data: Path, model: str | None, text: str | None, label: str | None
) -> tuple[Answers, int]:
    """What the model answers to the texts of a file, and how many of them cannot be used."""
    from itertools import chain, islice

    from lmcli.classify.api import Classifier
    from lmcli.classify.evaluation import answers
    from lmcli.training.data import Columns, read_examples

    failed = 0

    def tell(error: LmcliError, line: int) -> None:
        nonlocal failed
        failed += 1
        env.output.error(error, line or None)

    classifier = Classifier.of(env, model)
    reading = iter(read_examples(data, Columns(text, label, several=_multi(classifier, model))))
    head = list(islice(reading, HEAD))
    one = classifier.model(" ".join(example.text for example in head))
    return answers(one, chain(head, reading), tell, env.output.warn), failed


def _multi(classifier: Any, model: str | None) -> bool:
    """Whether the model that is named gives a text several labels."""
    return bool(model and classifier.model().multi)
