"""The commands about sentences: embed, compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.inputs import Records
from lmcli.sentences.methods import METHODS

if TYPE_CHECKING:
    from lmcli.sentences.api import Encoder


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
    from lmcli.sentences.embedding import embed as vectors_of
    from lmcli.vectors.embedding_file import EmbeddingFile

    file = EmbeddingFile(out) if out else None
    embedder = encoder_of(env, model, method, texts).embedder
    outcomes = texts.map_batches(lambda batch: vectors_of(embedder, batch, split=split))
    if file:
        env.settings.format = "plain"
        outcomes = file.filled(outcomes)
    env.output.stream(outcomes, texts, render=_render_vectors)


def encoder_of(env: Environment, model: str | None, method: str, texts: Records) -> Encoder:
    """The encoder that is named, else one that reads the texts named as arguments, else the default."""
    from lmcli.sentences.api import Encoder

    if model is None and not texts.from_stdin:
        encoder = method == METHODS[0]
        task = "feature-extraction" if encoder else "word-vectors"
        # word vectors are chosen by the script of the words everywhere, and nothing is said of it
        model = env.model_for((record.value for record in texts), task, tell=encoder)
    return Encoder.of(env, model, method)


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
    from lmcli.sentences.comparing import agreement_on, compare_lines

    chosen = METHODS if method == "all" else (method,)
    if model and len(chosen) > 1:
        raise BadUsage("--model fits one method", "name the method, too")
    embedders = {name: encoder_of(env, model, name, texts).embedder for name in chosen}
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
