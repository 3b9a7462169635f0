"""The commands about recorded runs: maze replay, q, export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import NoAnswer
from lmcli.frame.inputs import Records

if TYPE_CHECKING:
    from lmcli.maze.runs.run import Run

RUN = click.argument("run", type=click.Path(path_type=Path), metavar="RUN")


@click.command(
    epilog="Fields: episode, step, row, column, action, reward, to_row, to_column, value; with --save: "
    "file, episodes, pictures, size.\n\nExample:  lmcli maze replay course.run --episode greedy"
)
@RUN
@click.option(
    "--episode",
    "episodes",
    default="last",
    show_default=True,
    metavar="LIST",
    help="Which of the kept episodes: numbers, last, and greedy (the policy at the end).",
)
@click.option(
    "--speed",
    type=options.Finite(0.1, 1000),
    default=8.0,
    show_default=True,
    help="Pictures a second.",
)
@click.option(
    "--frames",
    type=click.IntRange(2, 5000),
    default=120,
    show_default=True,
    help="At most so many pictures of an episode, evenly spread.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write .gif, .cast (asciinema), .html (with controls), or .svg, .png (the last moment).",
)
@options.common()
@click.pass_obj
def replay(
    env: Environment, run: Path, episodes: str, speed: float, frames: int, save: Path | None
) -> None:
    """Play episodes of a run again.

    Colours are the values of the table and arrows its policy, as they were at each step. On a
    terminal space pauses, n and b (or the arrow keys) step, + and - change the speed, q ends. In a
    pipe the moves are printed as rows, as they are where colours are not wanted.
    """
    from lmcli.maze.runs import run_file
    from lmcli.maze.runs.replay import scenes
    from lmcli.maze.view.saving import checked, save_replay

    if save:
        checked(save)
    found = run_file.read(run)
    chosen = scenes(found, episodes)
    if save:
        with env.output.progress(f"drawing {save.name}", None) as advance:
            row = save_replay(found, chosen, save, 1 / speed, frames, advance, env.output.warn)
        env.output.rows([row], several=False)
    elif env.output.format == "table" and env.stdout_isatty and env.wants_color(env.stdout_isatty):
        from lmcli.maze.view.live_replay import play

        play(env.output.console(), env.stdin, found, chosen, speed, frames)
    else:
        env.output.rows(move for scene in chosen for move in scene.moves())
    _end(found, str(run), any(scene.kept is None for scene in chosen))


def _end(run: Run, name: str, greedy: bool) -> None:
    """End with the exit code 3 where a run has learnt nothing, or its greedy policy leads nowhere."""
    from lmcli.maze.diagnosis import walks_end

    if not run.learnt:
        hint = "train with more --epsilon, --max-steps or --initial"
        raise NoAnswer(f"{name}: nothing was learnt: all actions of every cell are alike", hint)
    if greedy and (end := walks_end(run.world(), run.table)):
        hint = "see what training advises: lmcli maze train"
        raise NoAnswer(f"{name}: the greedy policy does not reach the goal: {end}", hint)


@click.command(
    epilog="Fields: run, row, column, right, left, down, up, value, policy; of an environment: run, state, "
    "values, value, policy.\n\nExample:  lmcli maze q course.run"
)
@inputs.argument("runs", metavar="RUN...")
@options.common()
@click.pass_obj
def q(env: Environment, runs: Records) -> None:
    """Print the Q-table of each run.

    A row for each free cell: the value of each action, the highest of them, and the action it
    belongs to.
    """
    from lmcli.maze.runs import run_file
    from lmcli.maze.view.table import rows

    def printed(run: Run, path: str) -> Iterator[Any]:
        yield from rows(run, path)
        _end(run, path, False)

    read = runs.map(lambda path: run_file.read(Path(path)))
    outcomes = (
        replace(one, rows=(row for run in one.rows for row in printed(run, one.record.value)))
        for one in read
    )
    env.output.stream(outcomes, runs)


@click.command(
    epilog="Fields: run, file, states, actions, size, sha256.\n\n"
    "Example:  lmcli maze export course.run --out policy.onnx"
)
@RUN
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The ONNX file to write.",
)
@options.common()
@click.pass_obj
def export(env: Environment, run: Path, out: Path) -> None:
    """Write a run's greedy policy as ONNX.

    The graph takes observation (int64, row * columns + column) and gives action (int64: 0 right, 1
    left, 2 down, 3 up) and q_values (float64). Needs the extra train.
    """
    from lmcli.frame.disk.whole import check_target
    from lmcli.frame.printing.tables import vertical
    from lmcli.maze.files.export import export as write
    from lmcli.maze.runs import run_file

    check_target(out)
    row = write(run_file.read(run), str(run), out)
    env.output.rows([row], several=False, render=lambda rows: vertical(rows[0]))
