"""The commands about sentences: embed, compare, search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure
from lmcli.frame.inputs import Outcome, Records
from lmcli.sentences.methods import METHODS

if TYPE_CHECKING:
    from lmcli.sentences.api import Encoder, Index


def method_option(*further: str) -> Callable[[Any], Any]:
    """--method, for the ways to make a sentence vector."""
    return click.option(
        "--method",
        type=click.Choice((*METHODS, *further)),
        default=METHODS[0],
        show_default=True,
        help="A neural encoder, the mean of GloVe vectors, or their weighted sum.",
    )


@click.command(epilog='Fields: text, embedding.\n\nExample:  lmcli embed "A cat sat down." -f json')
@inputs.argument("texts", metavar="TEXT...")
@method_option()
@click.option(
    "--split",
    is_flag=True,
    help="Read a text that is too long for the model in pieces, and take the mean of their vectors.",
)
@options.embeddings_out
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def embed(
    env: Environment, texts: Records, method: str, split: bool, out: Path | None, model: str | None
) -> None:
    """Turn texts into vectors.

    Each vector has the length 1, so that a dot product is a cosine. A .npy file holds a row for each text, in
    their order: nan for one that failed.
    """
    from lmcli.sentences.api import Encoder
    from lmcli.sentences.embedding import embed as vectors_of
    from lmcli.vectors.embedding_file import EmbeddingFile

    file = EmbeddingFile(out) if out else None
    embedder = Encoder.of(env, model, method).embedder
    outcomes = texts.map_batches(lambda batch: vectors_of(embedder, batch, split=split))
    if file:
        env.settings.format = "plain"
        outcomes = file.filled(outcomes)
    env.output.stream(outcomes, texts, render=_render_vectors)


def _render_vectors(rows: list[Any]) -> Any:
    from lmcli.sentences.view.render import vectors

    return vectors(rows)


@click.command(
    epilog="Fields: a, b, score, method; with --eval: file, method, spearman, pairs, unknown.\n\n"
    'Example:  lmcli compare "Dog bites man" "Man bites dog" --method all'
)
@inputs.argument("texts", metavar="A B...")
@method_option("all")
@click.option(
    "--eval",
    "rated",
    is_flag=True,
    help="The arguments are files of rated pairs: two texts and a number a line, tabs between.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def compare(env: Environment, texts: Records, method: str, rated: bool, model: str | None) -> None:
    """Compare two texts by the cosine of their vectors.

    A is compared with each of the others. stdin: two texts a line, with a tab between them. --method all
    shows every method: those made of words alone do not see the words' order.
    """
    from lmcli.sentences.api import Encoder
    from lmcli.sentences.comparing import agreement_on, compare_lines

    chosen = METHODS if method == "all" else (method,)
    if model and len(chosen) > 1:
        raise BadUsage("--model fits one method", "name the method, too")
    embedders = {name: Encoder.of(env, model, name).embedder for name in chosen}
    if rated:
        tell = env.output.error
        env.output.stream(texts.map(lambda file: agreement_on(embedders, Path(file), tell)), texts)
        return
    lines = texts if texts.from_stdin else _pairs(texts)
    outcomes = lines.map_batches(lambda batch: compare_lines(embedders, batch))
    env.output.stream(outcomes, lines)


def _pairs(texts: Records) -> Records:
    """The first text with each of the others, as lines."""
    first, others = texts.split_first()
    if not others:
        raise BadUsage("one text cannot be compared", "name another, or pipe lines in")
    text = " ".join(record.value.replace("\t", " ") for record in first)
    return Records.of([f"{text}\t{other.replace(chr(9), ' ')}" for other in others])


@click.command(
    epilog="Fields: path, line, text, score (of queries from stdin: query, too).\n\n"
    'Example:  lmcli search "how do I stop it" --in README.md -k 3'
)
@inputs.argument("words", metavar="QUERY [FILE|DIR]...")
@click.option(
    "--in",
    "places",
    multiple=True,
    type=click.Path(),
    metavar="FILE|DIR",
    help="Where to search; further ones may follow without --in.",
)
@click.option(
    "--index",
    metavar="NAME",
    help="Keep the vectors under this name; later searches bring them up to date and need no --in.",
)
@click.option(
    "--context",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show N paragraphs before and after, too.",
)
@method_option()
@options.common("model", "provider", "threads", "offline", k=5, format="prompt")
@click.pass_obj
def search(
    env: Environment,
    words: Records,
    places: tuple[str, ...],
    index: str | None,
    context: int,
    method: str,
    model: str | None,
    k: int,
) -> None:
    """Search files by meaning, paragraph by paragraph.

    Every paragraph is compared with the query; nothing is approximated. stdin: a query a line. -f prompt
    prints the passages and the question as a prompt: lmcli search ... -f prompt | lmcli complete. Paragraphs
    that are too long for the model are read in pieces; a file that cannot be read is named and left out.
    """
    from lmcli.sentences.api import Encoder

    queries, further = words.split_first()
    encoder = Encoder.of(env, model, method)
    faults: list[LmcliError] = []
    searched = _index(env, encoder, (*places, *further), index, faults.append)
    if say := searched.left_out():
        env.output.warn(say)
    outcomes = queries.map_batches(lambda batch: searched.answers(batch, k=k, context=context))
    if queries.from_stdin:
        outcomes = map(inputs.with_query, outcomes)
    if env.output.format == "prompt":
        env.settings.format = "plain"
        outcomes = (_as_prompt(env, outcome) for outcome in outcomes)
    env.output.stream(outcomes, queries, render=_render_hits)
    if faults:
        raise PartialFailure(len(faults), len(faults) + searched.collection.files_read)


def _index(
    env: Environment,
    encoder: Encoder,
    places: tuple[str, ...],
    name: str | None,
    keep: Callable[[LmcliError], None],
) -> Index:
    """What is to be searched: an index brought up to date, or files read now; `keep` takes what failed."""
    from lmcli.frame.disk.folders import data_folder
    from lmcli.sentences.api import Index
    from lmcli.sentences.files.reading import Report

    if not places and not name:
        raise BadUsage("there is nothing to search in", "name files or folders with --in")

    def fault(error: LmcliError) -> None:
        env.output.error(error)
        keep(error)

    with env.output.progress("reading", total=1) as advance:
        report = Report(env.output.warn, fault, advance)
        if name and name != Path(name).name:
            raise BadUsage(f"{name!r} is no name for an index", "leave out the slashes")
        folder = data_folder(env.variables) / "indexes" / name if name else None
        return Index.build(places, folder=folder, encoder=encoder, report=report)


def _as_prompt(env: Environment, outcome: Outcome) -> Outcome:
    from lmcli.sentences.searching import prompt

    if outcome.error is None:
        env.output.text(prompt(outcome.record.value, list(outcome.rows)))
    return replace(outcome, rows=())


def _render_hits(rows: list[Any]) -> Any:
    from lmcli.sentences.view.render import hits

    return hits(rows)
