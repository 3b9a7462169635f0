"""The commands that query word vectors: analogy, similar, similarity, odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.inputs import Records
from lmcli.words.choice import TASK, Choice
from lmcli.words.view.answers import large

if TYPE_CHECKING:
    from lmcli.words.api import WordVectors


def complete_word(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """Complete from the vocabulary, frequent words first; reads the disk, loads no numpy."""
    from lmcli.frame.config import model_names
    from lmcli.frame.models import Registry
    from lmcli.frame.text.languages import language_of
    from lmcli.frame.variables import of_process
    from lmcli.vectors.vocabulary import Vocabulary

    if not incomplete:
        return []
    env = ctx.find_object(Environment)  # a session's; a shell that completes has none
    variables, overrides = (env.variables, env.overrides) if env else (of_process(), {})
    named = model_names(variables, overrides)
    models = Registry(variables, named)
    model = ctx.params.get("model") or models.name_for(TASK, language_of(incomplete))
    return list(Vocabulary.open(models.find(model, TASK).folder).prefixed(incomplete))


method_option = click.option(
    "--method",
    type=click.Choice(("add", "mul", "pair")),
    default="add",
    show_default=True,
    help="3CosAdd, 3CosMul or PairDirection.",
)
restrict_option = click.option(
    "--restrict",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answer with the N most frequent words only.",
)


@click.command(
    epilog='Fields: query, rank, word, score.\n\nExample:  lmcli analogy "king - man + woman"'
)
@inputs.argument("queries", metavar="A B C | EXPRESSION", join=True, complete=complete_word)
@click.option(
    "-k",
    "k",
    type=click.IntRange(min=1),
    show_default="5; 1 for queries from stdin",
    help="How many answers.",
)
@method_option
@restrict_option
@click.option(
    "--include-inputs", is_flag=True, help="Let the query's own words be answers (they often win)."
)
@options.common("model", "threads")
@click.pass_obj
def analogy(
    env: Environment,
    queries: Records,
    k: int | None,
    method: str,
    restrict: int | None,
    include_inputs: bool,
    model: str | None,
) -> None:
    """Solve A - B + C with word vectors.

    Three words A B C ask for A - B + C (king man woman gives queen). A sum of any number of words works
    too, with spaces around + and - and weights as in 2*small. One query a line from stdin.
    """
    choice = Choice(env, model)
    wanted = k or (1 if queries.from_stdin else 5)

    def answer(vectors: WordVectors, texts: list[str]) -> Sequence[Any]:
        return vectors.analogies(
            texts,
            k=wanted,
            method=method,
            restrict=restrict,
            include_inputs=include_inputs,
        )

    env.output.stream(queries.map_batches(choice.together(answer)), queries, render=large(env))


@click.command(
    epilog="Fields: query, rank, word, score.\n\nExample:  lmcli similar father car -k 3"
)
@inputs.argument("words", metavar="WORD...", complete=complete_word)
@restrict_option
@options.common("model", "threads", k=10)
@click.pass_obj
def similar(
    env: Environment, words: Records, k: int, restrict: int | None, model: str | None
) -> None:
    """List the nearest neighbours of each word."""
    choice = Choice(env, model)

    def answer(vectors: WordVectors, texts: list[str]) -> Sequence[Any]:
        return vectors.neighbours(texts, k=k, restrict=restrict)

    env.output.stream(words.map_batches(choice.together(answer)), words, render=large(env))


@click.command(epilog="Fields: a, b, score.\n\nExample:  lmcli similarity cat dog")
@inputs.argument("pairs", metavar="W1 W2", join=True, complete=complete_word)
@options.common("model", "threads")
@click.pass_obj
def similarity(env: Environment, pairs: Records, model: str | None) -> None:
    """Compare two words by cosine.

    stdin: two words a line.
    """
    answers = Choice(env, model).each(lambda vectors, text: vectors.compared(text))
    env.output.stream(pairs.map_batches(answers), pairs, render=large(env))


@click.command(epilog="Fields: word, scores.\n\nExample:  lmcli odd breakfast cereal dinner lunch")
@inputs.argument("groups", metavar="WORD...", join=True, complete=complete_word)
@options.common("model", "threads")
@click.pass_obj
def odd(env: Environment, groups: Records, model: str | None) -> None:
    """Name the word that does not belong.

    The word whose vector is farthest from the mean of the group; three words or more. stdin: one
    group a line.
    """
    answers = Choice(env, model).each(lambda vectors, text: vectors.odd_of(text))
    env.output.stream(groups.map_batches(answers), groups, render=large(env))
