"""The commands about a set of word vectors as a whole: lmcli words ..."""

from __future__ import annotations

import click

from lmcli.core.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "info": ("lmcli.words.inspect_commands:info", "Show a model's size and first words."),
        "vector": ("lmcli.words.inspect_commands:vector", "Print the vector of each word."),
        "eval": ("lmcli.words.inspect_commands:eval_", "Score analogies or rated pairs."),
        "bias": ("lmcli.words.bias_commands:bias", "Measure what the vectors associate."),
        "plot": ("lmcli.words.plot_commands:plot", "Draw words in the plane of their variance."),
        "import": ("lmcli.words.exchange_commands:import_", "Make a model of a vectors file."),
        "export": ("lmcli.words.exchange_commands:export", "Write a model as a vectors file."),
        "train": ("lmcli.words.train_commands:train", "Train vectors on a text."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def words() -> None:
    """Inspect, evaluate, plot, convert and train vectors."""
