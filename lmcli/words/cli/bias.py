"""The command that measures what word vectors associate: words bias."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError, PartialFailure, Reported
from lmcli.words.choice import Choice

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import WordVectors
    from lmcli.words.files.wordsets import AssociationTest, ProjectionSet

OWN_SETS = """\b
Own word sets come from a YAML file (--sets):
  tests:
    - name: career
      targets:
        male names: [John, Paul, Mike]
        female names: [Amy, Joan, Lisa]
      attributes:
        career: [office, salary, business]
        family: [home, parents, children]
  projections:
    - name: jobs
      pairs: [[she, he]]
      words: [nurse, engineer, teacher]
"""


def _complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of the word sets that --sets, if it stands before, or lmcli holds."""
    from lmcli.words.files.wordsets import PUBLISHED, read_sets

    sets = read_sets(ctx.params.get("sets") or PUBLISHED)
    return [name for name in sets if name.startswith(incomplete)]


@click.command(
    epilog=f"{OWN_SETS}\n\n"
    "Fields: test, targets, attributes, d, p, exact, published_d, published_p, missing (tests); "
    "set, word, score (projections).\n\n"
    "Example:  lmcli words bias weat-6"
)
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=_complete_name)
@click.option(
    "--sets",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Word sets of your own, as YAML.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    help="Permutations drawn where there are too many to count.",
)
@options.common("model", "seed")
@click.pass_obj
def bias(
    env: Environment,
    names: tuple[str, ...],
    sets: Path | None,
    samples: int,
    model: str | None,
    seed: int,
) -> None:
    """Measure what the vectors associate.

    Without a name the ten Word Embedding Association Tests of Caliskan et al. 2017, weat-1 to weat-10:
    are targets X nearer to attributes A, and Y to B? d is the effect size, p the one-sided p-value of a
    permutation test. With the name occupations, jobs by their cosine to the direction from he to she
    (Bolukbasi et al. 2016); occupations-pca takes the direction from ten pairs.
    """
    from lmcli.words.files.wordsets import PUBLISHED, choose, read_sets

    tests, projections = choose(read_sets(sets or PUBLISHED), names)
    chosen: list[AssociationTest | ProjectionSet] = [*tests, *projections]
    vectors = Choice(env, model).of(word for one in chosen for word in one.all_words).stored
    if tests:
        _associations(env, vectors, tests, seed, samples)
    else:
        _projections(env, vectors, projections)


def _associations(
    env: Environment, vectors: WordVectors, tests: list[AssociationTest], seed: int, samples: int
) -> None:
    from lmcli.words.bias import associate
    from lmcli.words.view.bias import association_table

    rows, errors = [], []
    with env.output.progress("tests", len(tests)) as advance:
        for test in tests:
            try:
                rows.append(associate(vectors, test, seed=seed, samples=samples))
            except LmcliError as error:
                errors.append(error)
            advance(1)
    for row in rows:
        _warn_of_missing(env, vectors, row.test, row.missing)
    env.output.rows(rows, several=False, render=association_table)
    _report(env, errors, len(tests))


def _projections(env: Environment, vectors: WordVectors, sets: list[ProjectionSet]) -> None:
    from lmcli.words.bias import project_words
    from lmcli.words.view.bias import projection_tables

    rows, errors, titles = [], [], {}
    for one in sets:
        first, second = one.pairs[0]
        titles[one.name] = f"{second} ← → {first}"
        try:
            found, missing = project_words(vectors, one)
        except LmcliError as error:
            errors.append(error)
            continue
        _warn_of_missing(env, vectors, one.name, missing)
        rows += found
    env.output.rows(
        rows, several=len(sets) > 1, render=lambda rows: projection_tables(rows, titles)
    )
    _report(env, errors, len(sets))


def _warn_of_missing(env: Environment, vectors: WordVectors, name: str, missing: list[str]) -> None:
    unknown = [word for word in missing if vectors.find(word) is None]
    zero = [word for word in missing if word not in unknown]
    if unknown:
        env.output.warn(f"{name}: not in {vectors.name} and left out: {', '.join(unknown)}")
    if zero:
        env.output.warn(f"{name}: with a zero vector and left out: {', '.join(zero)}")


def _report(env: Environment, errors: list[LmcliError], total: int) -> None:
    for error in errors:
        env.output.error(error)
    if len(errors) == total:
        raise Reported(errors[0])
    if errors:
        raise PartialFailure(len(errors), total)
