"""The commands about pictures: lmcli clip ..."""

from __future__ import annotations

import click

from lmcli.core.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "classify": (
            "lmcli.clip.commands:classify",
            "Name what pictures show, by any labels.",
        ),
        "search": ("lmcli.clip.search_commands:search", "Find pictures by words, or by a picture."),
        "similar": (
            "lmcli.clip.search_commands:similar",
            "Compare pictures by the cosine of their vectors.",
        ),
        "embed": ("lmcli.clip.commands:embed", "Turn pictures, or texts, into vectors."),
        "matrix": ("lmcli.clip.table_commands:matrix", "Set pictures against texts in a table."),
        "explain": (
            "lmcli.clip.table_commands:explain",
            "Show where in a picture the model sees a label.",
        ),
        "train": (
            "lmcli.clip.train_commands:train",
            "Teach a model what pictures of your own are called.",
        ),
        "sets": ("lmcli.clip.commands:sets", "List the labels and prompts that come with lmcli."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def clip() -> None:
    """Classify and find pictures by words, with no training.

    Two networks put pictures and texts into one space, where what belongs together is near (CLIP, Radford et
    al. 2021).
    """
