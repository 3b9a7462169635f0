"""The command that draws words in the plane: words plot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError
from lmcli.frame.inputs import Outcome, Record, Records
from lmcli.frame.locale import told
from lmcli.words.choice import Choice
from lmcli.words.cli.query import complete_word

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import WordVectors
    from lmcli.words.projection import Projection


@click.command(
    epilog="Fields: word, x, y.\n\n"
    "Example:  lmcli words plot --pairs king:queen,man:woman,uncle:aunt"
)
@inputs.argument("words", metavar="WORD...", unless="pairs", complete=complete_word)
@click.option(
    "--pairs",
    multiple=True,
    is_eager=True,
    metavar="A:B,...",
    help="Pairs of words, joined by a line each.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)
@options.common("model")
@click.pass_obj
def plot(
    env: Environment,
    words: Records,
    pairs: tuple[str, ...],
    save: Path | None,
    model: str | None,
) -> None:
    """Draw words in the plane of their variance.

    The first two principal components of the words' vectors; the axes say how much of the variance they
    hold. Pairs of one relation (king:queen, man:woman) show as lines of one direction. stdin: words,
    one or more a line.
    """
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    choice = Choice(env, model)
    from lmcli.words.projection import known_words, project, read_pairs
    from lmcli.words.view.scatter import Scatter

    linked = read_pairs(pairs) if pairs else []
    joined = " ".join(word for pair in linked for word in pair)
    given = list(words)  # one picture, so that one model knows all of its words
    texts = [joined, *(record.value for record in given if not record.error)]
    vectors = choice.of(" ".join(texts).split()).stored
    paired = known_words(vectors, joined)
    named = [_known(vectors, record) for record in given] + [Outcome(Record(""), paired)]
    chosen = {word for outcome in named for word in outcome.rows}
    if len(chosen) < 2 and any(outcome.error for outcome in named):
        env.output.stream((outcome for outcome in named if outcome.error), words)
    projection = project(vectors, [word for outcome in named for word in outcome.rows])
    if save:
        from lmcli.words.view.scatter_figure import scatter_figure

        title = told(f"Principal components of {len(chosen)} words in {vectors.name}")
        scatter_figure(projection, linked, title).save(save, note=env.output.warn)
        env.output.note(f"wrote {save}")
    shown = _points(named, projection, as_one=env.output.format == "table")
    env.output.stream(shown, words, render=lambda _rows: Scatter(projection, linked))


def _known(vectors: WordVectors, record: Record) -> Outcome:
    from lmcli.words.projection import known_words

    try:
        if record.error:
            raise record.error
        return Outcome(record, known_words(vectors, record.value))
    except LmcliError as error:
        return Outcome(record, error=error)


def _points(named: list[Outcome], projection: Projection, as_one: bool) -> Iterator[Outcome]:
    """Words replaced by their points; as_one: the points of all records together, after the errors."""
    for outcome in named:
        if outcome.error or (outcome.rows and not as_one):
            points = [projection.place(word) for word in outcome.rows]
            yield Outcome(outcome.record, points, outcome.error)
    if as_one:
        yield Outcome(Record(""), projection.points)
