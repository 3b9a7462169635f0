"""The commands about a set of word vectors as a whole: lmcli words ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "info": ("lmcli.words.cli.inspect:info", "Show a model's size and first words."),
        "vector": ("lmcli.words.cli.inspect:vector", "Print the vector of each word."),
        "eval": ("lmcli.words.cli.inspect:eval_", "Score analogies or rated pairs."),
        "bias": ("lmcli.words.cli.bias:bias", "Measure what the vectors associate."),
        "plot": ("lmcli.words.cli.plot:plot", "Draw words in the plane of their variance."),
        "import": ("lmcli.words.cli.exchange:import_", "Make a model of a vectors file."),
        "export": ("lmcli.words.cli.exchange:export", "Write a model as a vectors file."),
        "train": ("lmcli.words.cli.train:train", "Train vectors on a text."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def words() -> None:
    """Inspect, evaluate, plot, convert and train vectors."""
