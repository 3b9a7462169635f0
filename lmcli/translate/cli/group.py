"""lmcli translate TEXT, and the commands below it: lmcli translate steps, attention, eval, train, compare."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup, Sections

TABLE: Sections = {
    "Commands": {
        "texts": (
            "lmcli.translate.cli.texts:texts",
            "Translate texts, by default Chinese into English.",
        ),
        "steps": (
            "lmcli.translate.cli.steps:steps",
            "Walk one sentence through encoder and decoder, with the model's own numbers.",
        ),
        "attention": (
            "lmcli.translate.cli.attention:attention",
            "Show which source words each written word looks at.",
        ),
        "eval": (
            "lmcli.translate.cli.eval:eval_",
            "Hold a model against pairs: BLEU, chrF, the worst sentences.",
        ),
        "train": (
            "lmcli.translate.cli.train:train",
            "Train a translator on your own pairs of sentences.",
        ),
        "compare": (
            "lmcli.translate.cli.compare:compare",
            "Train the three kinds of translators on the same pairs: BLEU by the length of a sentence.",
        ),
    },
}


@click.group(cls=DefaultGroup, default="texts", table=TABLE, context_settings=HELP)
def translate() -> None:
    """Translate with a whole transformer, and see how it does it.

    lmcli translate TEXT is short for lmcli translate texts TEXT; lmcli translate texts --help lists the options.
    """
