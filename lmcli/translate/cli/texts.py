"""The command `translate texts`, which `lmcli translate TEXT` is short for."""

from __future__ import annotations

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.inputs import Records
from lmcli.frame.tree.lazy import late

BATCH = 256  # texts of stdin that are read and run together


@click.command(
    epilog="Fields: source, translation, score; with -k: rank.\n\n"
    "Example:  lmcli translate 我爱机器"
)
@inputs.argument("texts", metavar="TEXT...")
@click.option(
    "--beam",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="Sentences that are held open at a time.",
)
@click.option(
    "--greedy", is_flag=True, help="Take the likeliest word each time: faster, as --beam 1."
)
@click.option("--sample", is_flag=True, help="Draw each word by its probability; see --seed.")
@click.option(
    "--temperature",
    type=options.Finite(min=0.01, max=10),
    default=1.0,
    show_default=True,
    help="With --sample: below 1 likely words are drawn more often.",
)
@options.common("model", "provider", "threads", "offline", "seed", k=(1, "1"))
@click.pass_obj
def texts(
    env: Environment,
    texts: Records,
    beam: int,
    greedy: bool,
    sample: bool,
    temperature: float,
    seed: int,
    k: int,
    model: str | None,
) -> None:
    """Translate texts, by default Chinese into English.

    zh-en is a small transformer for short everyday sentences; it says what it does not know, what it doubts, and which
    model can. A text is cut into its sentences. The score is the mean probability of a token. stdin: a text a line.
    """
    from lmcli.translate.api import Translator
    from lmcli.translate.translating import How

    if greedy and (sample or k > 1):
        raise BadUsage(
            "--greedy gives one translation, without chance", "leave out --greedy, or the other"
        )
    how = How(k, 1 if greedy else beam, seed if sample else None, temperature)
    translator = Translator.of(env, model)
    if translator.chats and (sample or greedy or k > 1):
        raise BadUsage(
            f"{model} gives one translation, its likeliest", "leave out -k, --greedy and --sample"
        )
    outcomes = texts.map_batches(lambda batch: translator.answers(batch, how), BATCH)
    alone = late("lmcli.translate.view.texts:alone") if k == 1 and not texts.several else None
    env.output.stream(outcomes, texts, render=alone)
