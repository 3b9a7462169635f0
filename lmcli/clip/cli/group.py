"""The commands about pictures: lmcli clip ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "classify": (
            "lmcli.clip.cli.pictures:classify",
            "Name what pictures show, by any labels.",
        ),
        "search": ("lmcli.clip.cli.search:search", "Find pictures by words, or by a picture."),
        "similar": (
            "lmcli.clip.cli.search:similar",
            "Compare pictures by the cosine of their vectors.",
        ),
        "embed": ("lmcli.clip.cli.pictures:embed", "Turn pictures, or texts, into vectors."),
        "matrix": ("lmcli.clip.cli.tables:matrix", "Set pictures against texts in a table."),
        "explain": (
            "lmcli.clip.cli.tables:explain",
            "Show where in a picture the model sees a label.",
        ),
        "layers": (
            "lmcli.clip.cli.layers:layers",
            "Show what the layers of the image tower answer to: from edges to objects.",
        ),
        "train": (
            "lmcli.clip.cli.train:train",
            "Teach a model what pictures of your own are called.",
        ),
        "sets": (
            "lmcli.clip.cli.pictures:sets",
            "List the labels and prompts that come with lmcli.",
        ),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def clip() -> None:
    """Classify and find pictures by words, with no training.

    Two networks put pictures and texts into one space, where what belongs together is near (CLIP, Radford et
    al. 2021).
    """
