"""The command `translate eval`: a model held against pairs."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, PartialFailure
from lmcli.translate.cli import options as own


@click.command(
    "eval",
    epilog="Fields: model, pairs, bleu, bleu_low, bleu_high, chrf, chrf_low, chrf_high, exact, length_ratio, copies, "
    "repeats; with --worst: line, source, translation, reference, chrf.\n\n"
    "Example:  lmcli translate eval everyday.tsv --worst 3",
)
@own.pairs()
@click.option(
    "--worst", type=click.IntRange(min=1), metavar="N", help="List the N worst sentences instead."
)
@click.option(
    "--beam",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="As in lmcli translate.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def eval_(
    env: Environment,
    pairs: Path,
    source: str | None,
    target: str | None,
    worst: int | None,
    beam: int,
    model: str | None,
) -> None:
    """Hold a model against pairs: BLEU, chrF, the worst sentences.

    PAIRS is a .tsv, .csv or .jsonl with a sentence and its translation a line (several right ones: | between them).
    BLEU and chrF are sacrebleu's (extra train), with intervals of 95 %; exact is the share that is right to the
    letter, but for signs and capitals.
    """
    from lmcli.translate.api import Translator
    from lmcli.translate.evaluation import evaluation, judge, sacrebleu
    from lmcli.translate.pairs import language, usable_pairs
    from lmcli.translate.translating import How

    sacrebleu()
    examples, failed = usable_pairs(pairs, source, target, env.output.error)
    read = [(one.line, one.text, one.labels[0]) for one in examples]
    translator = Translator.of(env, model)
    languages = language([one for _, one, _ in read]), language([one for _, _, one in read])
    known = translator.languages
    if languages not in (known, ("", "")) and languages[::-1] == known:
        raise BadUsage(
            f"{pairs}: the columns are swapped: the model is for {known[0]} to {known[1]}",
            "name them with --source and --target",
        )
    with env.output.progress("pairs", len(read)) as advance:
        rows = judge(read, lambda texts: translator.answers(texts, How(beam=beam)), advance)
    if worst:
        env.output.rows(sorted(rows, key=lambda row: row.chrf)[:worst])
    else:
        env.output.rows([evaluation(model or "zh-en", rows, languages[1])], several=False)
    if failed:
        raise PartialFailure(failed, failed + len(read))
