"""The command `search`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure
from lmcli.frame.inputs import Outcome, Records
from lmcli.frame.tree.lazy import late
from lmcli.sentences.cli.commands import encoder_of, method_option

if TYPE_CHECKING:
    from lmcli.sentences.api import Encoder, Index


def _of_records(function: Callable[..., None]) -> Callable[..., None]:
    """The options of records, and --hybrid."""
    declared = (
        click.option(
            "--key",
            "keys",
            multiple=True,
            metavar="FIELD[=WEIGHT]",
            help="Search records (csv, tsv, jsonl, json, md with front matter), found by this field; again for more.",
        ),
        click.option(
            "--value",
            "values",
            multiple=True,
            metavar="FIELD",
            help="The field of a record that answers; again for more. [all]",
        ),
        click.option(
            "--where",
            multiple=True,
            metavar="CONDITION",
            help="Only records that meet it: 'year>=2020'; = != < <= > >=, ~ contains; again for more.",
        ),
        click.option(
            "--hybrid",
            is_flag=True,
            help="Rank by words (BM25) and meaning: the score is the sum of 1/(60 + rank) in both lists.",
        ),
    )
    for one in reversed(declared):
        function = one(function)
    return function


@click.command(
    epilog="Fields: path, line, text, score (of queries from stdin: query, too); of records also key, values; "
    "with --hybrid also cosine, bm25, by_meaning, by_words (ranks).\n\n"
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
@_of_records
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
    keys: tuple[str, ...],
    values: tuple[str, ...],
    where: tuple[str, ...],
    hybrid: bool,
    context: int,
    method: str,
    model: str | None,
    k: int,
) -> None:
    """Search files by meaning, paragraph by paragraph.

    Every paragraph is compared with the query; nothing is approximated. stdin: a query a line. -f prompt
    prints the passages and the question as a prompt: lmcli search ... -f prompt | lmcli complete --whole.
    Paragraphs that are too long for the model are read in pieces; a file that cannot be read is named and
    left out. With --key the files' records are searched instead: found by their keys, answered by their values.
    """
    from lmcli.sentences.api import Encoder
    from lmcli.sentences.records.keys import Condition
    from lmcli.sentences.searching import Wanted

    wanted = Wanted(k, context, hybrid, tuple(map(Condition.of, where)), values)
    queries, further = words.split_first()
    # an index is read with the model that it was made with
    encoder = Encoder.of(env, model, method) if index else encoder_of(env, model, method, queries)
    faults: list[LmcliError] = []
    searched = index_of(env, encoder, (*places, *further), index, faults.append, keys)
    if say := searched.left_out(hybrid):
        env.output.warn(say)
    outcomes = queries.map_batches(lambda batch: searched.answers(batch, wanted))
    if queries.from_stdin:
        outcomes = map(inputs.with_query, outcomes)
    if env.output.format == "prompt":
        env.settings.format = "plain"
        outcomes = (_as_prompt(env, outcome) for outcome in outcomes)
    env.output.stream(outcomes, queries, render=late("lmcli.sentences.view.render:hits"))
    if faults:
        raise PartialFailure(len(faults), len(faults) + searched.collection.files_read)


def index_of(
    env: Environment,
    encoder: Encoder,
    places: tuple[str, ...],
    name: str | None,
    keep: Callable[[LmcliError], None],
    keys: tuple[str, ...] = (),
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
        return Index.build(places, folder=folder, encoder=encoder, report=report, keys=keys)


def _as_prompt(env: Environment, outcome: Outcome) -> Outcome:
    from lmcli.sentences.searching import prompt

    if outcome.error is None:
        env.output.text(prompt(outcome.record.value, list(outcome.rows)))
    return replace(outcome, rows=())
