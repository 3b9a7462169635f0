"""The command `attention show`: a real model at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from lmcli.attention.api import Attention
from lmcli.attention.views import VIEWS, Choice, view
from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, Noted
from lmcli.frame.inputs import Outcome, Records
from lmcli.frame.tree.lazy import late


class ColumnRange(click.ParamType[tuple[int, int]]):
    """A range of columns, A-B, counted from 1."""

    name = "A-B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The two numbers."""
        if isinstance(value, tuple):
            return value
        first, _, last = value.partition("-")
        if not (first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last)):
            self.fail(f"{value!r} is not a range such as 1-30.", param, ctx)
        return int(first), int(last)


@click.command(
    epilog="Fields: tokens, layer, head, weights (from a word: source, too). layer and head are null "
    "for a mean. Of a head that was chosen also: chosen (why), links [{source, target, weight}], and its picture: "
    "words, scaled, apart, rest. Half a character stands as its bytes: <E4>.\n\n"
    'Example:  lmcli attention "The cat sat on the mat" --layer 4 --head 2'
)
@inputs.argument("texts", metavar="TEXT...")
@click.option(
    "--layer",
    type=click.IntRange(min=1),
    help="One layer, from 1; without --head the mean of its heads.",
)
@click.option(
    "--head",
    type=click.IntRange(min=1),
    help="One head, from 1; without --layer the mean over layers.",
)
@click.option(
    "--mean", is_flag=True, help="The mean over the heads; without --layer, over all layers, too."
)
@click.option(
    "--view",
    "look",
    type=click.Choice(VIEWS),
    help="A matrix, a grid of all heads, what each token looks at, or all layers multiplied. [matrix]",
)
@click.option(
    "--from", "source", metavar="WORD", help="What this word looks at; it:2 is the second it."
)
@click.option("--pair", metavar="TEXT2", help="A second text, read with the first as a pair.")
@click.option("--no-special", is_flag=True, help="Leave out [CLS], [SEP] and their like.")
@click.option(
    "--columns", type=ColumnRange(), metavar="A-B", help="Only these columns of a wide matrix."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def show(
    env: Environment,
    texts: Records,
    layer: int | None,
    head: int | None,
    mean: bool,
    look: str | None,
    source: str | None,
    pair: str | None,
    no_special: bool,
    columns: tuple[int, int] | None,
    save: Path | None,
    model: str | None,
) -> None:
    """Show what the tokens of a text look at in a real model.

    The weights come out of the model's own graph. A row is a token that looks, a column one that is looked
    at; each row sums to 1. Much of it goes to [CLS] and [SEP], where heads that find nothing look: they stand
    apart where no layer or head is named. Then the head is shown whose words most find another of their own.
    """
    if mean and head:
        raise BadUsage("--mean is over all heads, and --head names one", "leave one out")
    if save and texts.several:
        raise BadUsage("--save takes the picture of one text", "name the text as the argument")
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    picks = not mean and look in (None, "matrix", "tokens")
    choice = Choice(look or "matrix", layer, head, source, special=not no_special, pick=picks)

    if model:
        Attention.of(env, model)  # one that cannot be had is no fault of a text

    def rows(text: str) -> Noted:
        texts = text, pair or ""
        reader = Attention.of(env, model or env.model_for(texts, "feature-extraction"))
        attention = reader.read(text, pair)
        return Noted(view(attention, choice), reader.warnings(attention))

    outcomes: Iterable[Outcome] = texts.map(rows)
    if save:
        outcomes = _saved(env, outcomes, choice.view, save)
    if env.output.format == "table" and choice.view in ("matrix", "rollout") and not source:
        outcomes = _tell_of_width(env, outcomes, columns)
    rendered = late("lmcli.attention.view.render:rendered")
    env.output.stream(outcomes, texts, render=lambda found: rendered(found, choice.view, columns))


def _tell_of_width(
    env: Environment, outcomes: Iterable[Outcome], columns: tuple[int, int] | None
) -> Iterator[Outcome]:
    """Say how a matrix that is wider than the terminal is shown."""
    for outcome in outcomes:
        for row in outcome.rows:
            rows, count = _size(row)
            if columns and columns[1] > count:
                raise BadUsage(f"there are {count} columns, not {columns[1]}")
            shown = columns[1] - columns[0] + 1 if columns else count
            margin = min(max(map(len, rows), default=0), env.output.console().width // 3) + 1
            fit = (env.output.console().width - margin) // 2
            if shown > fit:
                tokens = shown if columns else len(row.tokens)
                env.output.note(
                    f"{tokens} tokens are wider than the terminal and stand in blocks of {fit}; "
                    f"--columns 1-{fit} shows the first block alone, --save FILE.png the whole"
                )
        yield outcome


def _size(row: Any) -> tuple[tuple[str, ...], int]:
    """(the names of the rows, the number of columns) of a matrix as it is shown."""
    words = getattr(row, "words", None)
    return (row.tokens, len(row.tokens)) if words is None else (words, len(words) + bool(row.apart))


def _saved(
    env: Environment, outcomes: Iterable[Outcome], look: str, path: Path
) -> Iterator[Outcome]:
    for outcome in outcomes:
        if not outcome.error:
            from lmcli.attention.view.figures import figure

            figure(list(outcome.rows), look).save(path, note=env.output.warn)
        yield outcome
