"""lmcli classify TEXT, and the commands below it: lmcli classify eval, steps, train, ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup, Sections

TABLE: Sections = {
    "Commands": {
        "texts": (
            "lmcli.classify.cli.texts:texts",
            "Label texts with a model that has learnt the labels.",
        ),
        "train": (
            "lmcli.classify.cli.train:train",
            "Teach a classifier the labels of your own texts.",
        ),
        "compare": (
            "lmcli.classify.cli.compare:compare",
            "Train every kind of classifier on the same texts, and hold them side by side.",
        ),
        "eval": (
            "lmcli.classify.cli.eval:eval_",
            "Hold a model against texts whose labels are known.",
        ),
        "steps": (
            "lmcli.classify.cli.steps:steps",
            "Walk one text through a model: ids, embeddings, states, logits, softmax.",
        ),
        "gradients": (
            "lmcli.classify.cli.gradients:gradients",
            "Show how gradients vanish on their way back through time.",
        ),
    },
}


@click.group(cls=DefaultGroup, default="texts", table=TABLE, context_settings=HELP)
def classify() -> None:
    """Label texts, and see why; train, evaluate and compare classifiers.

    lmcli classify TEXT is short for lmcli classify texts TEXT; lmcli classify texts --help lists the options.
    """
