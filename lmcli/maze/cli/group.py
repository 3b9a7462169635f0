"""The commands about grid worlds: lmcli maze ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Mazes": {
        "list": ("lmcli.maze.cli.mazes:list_", "List the bundled mazes."),
        "new": ("lmcli.maze.cli.mazes:new", "Generate a maze."),
        "show": ("lmcli.maze.cli.mazes:show", "Draw mazes."),
        "solve": ("lmcli.maze.cli.mazes:solve", "Find the shortest path of each maze."),
    },
    "Learning": {
        "train": ("lmcli.maze.cli.train:train", "Train a learner on a maze."),
        "replay": ("lmcli.maze.cli.runs:replay", "Play episodes of a run again."),
        "q": ("lmcli.maze.cli.runs:q", "Print the Q-table of each run."),
        "export": ("lmcli.maze.cli.runs:export", "Write a run's greedy policy as ONNX."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def maze() -> None:
    """Learn to cross mazes: Q-learning and its kin."""
