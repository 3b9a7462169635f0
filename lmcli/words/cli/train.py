"""The command that trains word vectors: words train."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.locale import said

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lmcli.words.train.corpus import Corpus
    from lmcli.words.train.training import Options, Trained

CBOW, SKIPGRAM, GLOVE = "cbow", "skipgram", "glove"
_POSITIVE = click.IntRange(min=1)


@click.command(
    epilog="Fields: name, folder, algorithm, words, dimensions, tokens, epochs, loss, losses.\n\n"
    "Example:  lmcli words train learning.txt --algorithm glove --window 2 --min-count 1"
)
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True),
    required=False,
)
@click.option(
    "--algorithm",
    type=click.Choice((CBOW, SKIPGRAM, GLOVE)),
    default=CBOW,
    show_default=True,
    help="word2vec in its two forms, or GloVe.",
)
@click.option("--name", help="The model's name [the file's].")
@click.option("--out", type=click.Path(path_type=Path), help="The folder [the user's models].")
@click.option("--force", is_flag=True, help="Replace a model of that name.")
@click.option(
    "--segmenter",
    type=click.Choice(("words", "spaces", "jieba")),
    show_default="words; jieba for Chinese",
    help="Cut at everything but letters and digits, at spaces alone, or into Chinese words.",
)
@click.option("--keep-case", is_flag=True, help="Tell The from the.")
@click.option("--size", type=_POSITIVE, default=100, show_default=True, help="Dimensions.")
@click.option(
    "--window",
    type=_POSITIVE,
    show_default="5; 10 for glove",
    help="Words of context on each side.",
)
@click.option("--min-count", type=_POSITIVE, default=5, show_default=True, help="Drop rarer words.")
@click.option("--epochs", type=_POSITIVE, show_default="5; 25 for glove", help="Passes.")
@click.option(
    "--negative",
    type=_POSITIVE,
    show_default="5",
    help="Noise words for each pair (word2vec).",
)
@click.option(
    "--hierarchical", is_flag=True, help="A Huffman tree in place of noise words (word2vec)."
)
@click.option(
    "--sample",
    type=options.Finite(min=0),
    show_default="0.001",
    help="Thin out words above this share of the text; 0 for none (word2vec).",
)
@click.option(
    "--workers",
    type=_POSITIVE,
    show_default="1",
    help="Threads; with more than one a seed no longer fixes the result (word2vec).",
)
@click.option(
    "--x-max",
    type=options.Finite(min=0, min_open=True),
    show_default="100",
    help="Counts from here on weigh the same (glove).",
)
@click.option(
    "--power",
    type=options.Finite(min=0),
    show_default="0.75",
    help="How the weight grows with the count (glove).",
)
@click.option(
    "--rate",
    type=options.Finite(min=0, min_open=True),
    show_default="0.05; 0.025 for word2vec",
    help="The learning rate at the start.",
)
@options.common(seed=1)
@click.pass_obj
def train(
    env: Environment,
    /,
    file: Path | None,
    algorithm: str,
    name: str | None,
    out: Path | None,
    force: bool,
    segmenter: str | None,
    keep_case: bool,
    **parameters: Any,
) -> None:
    """Train vectors on a text.

    FILE (packed with gzip, bzip2 or xz, too) or stdin holds one sentence a line, in UTF-8. The model that
    comes out is a folder that every words command takes with --model. The same text, parameters and seed
    give the same bytes. The loss, shown while training runs, is the mean of a word, summed over its
    contexts (word2vec), or of a cell of the counts (glove).
    """
    chosen = _options(algorithm, parameters)
    name = name or (_stem(file) if file and str(file) != "-" else "trained")
    folder = out or env.models.place(name)
    from lmcli.frame.disk.folders import cache_folder
    from lmcli.frame.disk.whole import install
    from lmcli.words.train.corpus import fitting_segmenter, peeked, text_lines
    from lmcli.words.train.corpus import segmenter as cutter
    from lmcli.words.train.training import Trained as Row
    from lmcli.words.train.training import train as run

    with (
        _text(env, file) as (stream, source),
        install(folder, force=force) as fresh,
        env.output.progress("reading", chosen.epochs) as advance,
    ):
        first, lines = peeked(text_lines(stream, source))
        chosen_by_text = segmenter is None
        segmenter = segmenter or fitting_segmenter(first)
        if chosen_by_text and segmenter == "jieba":
            env.output.report(
                "the text is Chinese: jieba cuts it into words (or --segmenter words)"
            )
        cache = cache_folder(env.variables) / "jieba"
        made = run(
            lines,
            cutter(segmenter, lowercase=not keep_case, cache=cache),
            chosen,
            fresh,
            name=name,
            source=source,
            lowercase=not keep_case,
            on_text=partial(_begin, env, segmenter),
            on_epoch=lambda loss: advance(1, f"{said('loss')} {loss:.4f}"),
        )
    env.output.rows([Row(folder=str(folder), **made)], several=False, render=_summary)


def _options(algorithm: str, parameters: dict[str, Any]) -> Options:
    """The algorithm's parameters; those left out keep its defaults.

    Raises BadUsage for one that the algorithm does not take.
    """
    from dataclasses import fields

    from lmcli.frame.errors import BadUsage
    from lmcli.words.glove import GloVeOptions
    from lmcli.words.word2vec import Word2VecOptions

    kind = GloVeOptions if algorithm == GLOVE else Word2VecOptions
    given = {
        key: value for key, value in parameters.items() if value is not None and value is not False
    }
    for key in given:
        if key not in {field.name for field in fields(kind)}:
            raise BadUsage(f"--{key.replace('_', '-')} is not a parameter of {algorithm}")
    if "hierarchical" in given and "negative" in given:
        raise BadUsage("--hierarchical stands in place of --negative", "leave one out")
    if algorithm == SKIPGRAM:
        given["skipgram"] = True
    return kind(**given)


def _summary(rows: list[Trained]) -> RenderableType:
    """The row for people: the losses of all epochs were shown while it ran."""
    from lmcli.frame.printing.cells import fields_of
    from lmcli.frame.printing.tables import vertical

    return vertical({name: value for name, value in fields_of(rows[0]).items() if name != "losses"})


@contextmanager
def _text(env: Environment, file: Path | None) -> Iterator[tuple[BinaryIO, str]]:
    """The text's stream and name."""
    if file is None or str(file) == "-":
        if env.stdin_isatty and file is None:
            raise click.UsageError("Missing argument 'FILE': name it, or pipe a text in.")
        yield env.stdin, "stdin"
        return
    from lmcli.words.train.corpus import open_text

    with open_text(file) as stream:
        yield stream, file.name


def _stem(file: Path) -> str:
    return file.name.split(".")[0] or "trained"


def _begin(env: Environment, segmenter: str, corpus: Corpus) -> None:
    from lmcli.words.train.corpus import uncut

    if segmenter == "words" and uncut(corpus.counts):
        env.output.warn("this looks like Chinese: --segmenter jieba cuts it into words")
