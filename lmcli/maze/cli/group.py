"""The commands about grid worlds: lmcli maze ..."""

from __future__ import annotations

import click

from lmcli.core.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Mazes": {
        "list": ("lmcli.maze.commands:list_", "List the bundled mazes."),
        "new": ("lmcli.maze.commands:new", "Generate a maze."),
        "show": ("lmcli.maze.commands:show", "Draw mazes."),
        "solve": ("lmcli.maze.commands:solve", "Find the shortest path of each maze."),
    },
    "Learning": {
        "train": ("lmcli.maze.train_commands:train", "Train a learner on a maze."),
        "replay": ("lmcli.maze.run_commands:replay", "Play episodes of a run again."),
        "q": ("lmcli.maze.run_commands:q", "Print the Q-table of each run."),
        "export": ("lmcli.maze.run_commands:export", "Write a run's greedy policy as ONNX."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def maze() -> None:
    """Learn to cross mazes: Q-learning and its kin."""
