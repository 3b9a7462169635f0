"""The commands that look into word vectors: words info, vector, eval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import PartialFailure
from lmcli.frame.inputs import Records
from lmcli.words.choice import Choice
from lmcli.words.cli.query import complete_word, method_option, restrict_option

DATA = Path(__file__).parents[1] / "data"


@click.command(
    epilog="Fields: name, words, dimensions, stored, licence, first.\n\nExample:  lmcli words info"
)
@options.common("model")
@click.pass_obj
def info(env: Environment, model: str | None) -> None:
    """Show a model's size and first words."""
    vectors = Choice(env, model).of(()).stored
    spec = env.model(model, "word-vectors")
    row = {
        "name": spec.name,
        "words": len(vectors),
        "dimensions": vectors.dimensions,
        "stored": str(vectors.matrix.dtype),
        "licence": spec.licence,
        "first": [vectors.vocabulary[row] for row in range(min(8, len(vectors)))],
    }
    from lmcli.frame.printing.tables import vertical

    env.output.rows([row], render=lambda rows: vertical(rows[0]))


@click.command(epilog="Fields: word, vector.\n\nExample:  lmcli words vector king -f json")
@inputs.argument("words", metavar="WORD...", complete=complete_word)
@options.common("model")
@click.pass_obj
def vector(env: Environment, words: Records, model: str | None) -> None:
    """Print the vector of each word."""
    choice = Choice(env, model)
    from lmcli.words.comparison import vector as vector_of

    env.output.stream(
        words.map_batches(choice.each(lambda vectors, text: vector_of(vectors.stored, text))), words
    )


class NamedTest(click.Path):
    """A file that exists, or the name of a test that comes with lmcli."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        own = DATA / f"{value}.txt"
        if "/" not in str(value) and not Path(value).exists() and own.is_file():
            return own
        return super().convert(value, param, ctx)


@click.command(
    "eval",
    epilog="Fields: section, correct, total, accuracy (analogies; the last section is total); "
    "file, pearson, spearman, pairs, oov (pairs).\n\n"
    "Example:  lmcli words eval questions-words.txt --restrict 30000",
)
@click.argument("file", type=NamedTest(exists=True, dir_okay=False, path_type=Path))
@method_option
@restrict_option
@click.option("--include-inputs", is_flag=True, help="Let the question's own words be answers.")
@options.common("model", "threads")
@click.pass_obj
def eval_(
    env: Environment,
    file: Path,
    method: str,
    restrict: int | None,
    include_inputs: bool,
    model: str | None,
) -> None:
    """Score analogies or rated pairs.

    FILE holds analogy questions by section (": name", then four words a line, as in questions-words.txt)
    or pairs with a rating (two words and a number, as WordSim-353 and SimLex-999); analogies-zh names the
    Chinese questions that come with lmcli. Words are compared without case; questions and pairs with an
    unknown word are left out, as gensim does.
    """
    from lmcli.nn.cpu import allowed_cores

    env.limit_blas(allowed_cores())
    from lmcli.words import evaluation
    from lmcli.words.files.testset import read_test

    test = read_test(file)
    vectors = Choice(env, model).of(test.words()).stored
    for line, error in test.faults:
        env.output.error(error, line)
    rows = evaluation.Rows(vectors, restrict)
    if test.pairs:
        env.output.rows([evaluation.evaluate_pairs(vectors, test.pairs, rows, str(file))])
    else:
        with env.output.progress("questions", test.size) as advance:
            env.output.rows(
                evaluation.evaluate_questions(
                    vectors,
                    test.sections,
                    rows,
                    method=method,
                    include_inputs=include_inputs,
                    advance=advance,
                )
            )
    if test.faults:
        raise PartialFailure(len(test.faults), test.size)
