"""The command `nsp`: is B the next sentence after A?"""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, PartialFailure
from lmcli.frame.inputs import Records


@click.command(
    epilog="Fields: a, b, next, score; with --eval: kind, count, accuracy.\n\n"
    'Example:  lmcli nsp "The cat sat on the mat" "It was very comfortable"'
)
@inputs.argument("texts", metavar="A B", unless="rated")
@click.option(
    "--eval",
    "rated",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    metavar="FILE",
    help="Score pairs that are known: lines A, B and true or false (and a kind), tabs between.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def nsp(env: Environment, texts: Records, rated: Path | None, model: str | None) -> None:
    """Judge whether one sentence is the next after another.

    The score is the probability that it is. A language model says how much A helps to expect B, a sentence encoder
    how near they are; a fill-mask export with a next-sentence head (--model) says it itself. stdin: two sentences a
    line, with a tab between them.
    """
    from lmcli.fill.api import Masks
    from lmcli.fill.nextsentence import pair_of

    judge = Masks.judge(env, model)
    if rated:
        from lmcli.fill.evaluation import evaluate_pairs

        rows, faults = evaluate_pairs(judge, rated)
        for line, error in faults:
            env.output.error(error, line)
        env.output.rows(rows)
        if faults:
            raise PartialFailure(len(faults), len(faults) + rows[-1].count)
        return
    lines = texts if texts.from_stdin else _pair(texts)
    env.output.stream(lines.map(lambda line: judge(*pair_of(line))), lines)


def _pair(texts: Records) -> Records:
    """The two arguments as a line."""
    values = [record.value for record in texts]
    if len(values) != 2:
        raise BadUsage(
            f"two sentences are judged, and there are {len(values)}", 'lmcli nsp "A." "B."'
        )
    return Records.of(["\t".join(" ".join(value.split()) for value in values)])
