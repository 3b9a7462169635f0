"""The command that trains: maze train."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, NoAnswer
from lmcli.maze.cli.mazes import cells_option, complete_maze, open_maze

if TYPE_CHECKING:
    from lmcli.maze.judge import Progress, Truth
    from lmcli.maze.runs.lesson import Lesson, Watch
    from lmcli.maze.train import History, Settings


def read_settings(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> dict[str, Any]:
    """KEY=VALUE pairs; a value is JSON, or text where it is none."""
    import json

    settings: dict[str, Any] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{value!r} is not KEY=VALUE, as is_slippery=false.")
        try:
            settings[key] = json.loads(text)
        except ValueError:
            settings[key] = text
    return settings


@click.command(
    epilog="Fields: episodes, steps, reached, greedy_length, shortest_length, converged, seed, cause, advice (why and "
    "what to change where the greedy policy is not the best); with --env also success, greedy_return, value, "
    "best_value; --every gives such rows along the way.\n\n"
    "Example:  lmcli maze train course --seed 1"
)
@click.argument("maze", required=False, shell_complete=complete_maze)
@click.option("--env", "name", metavar="ID", help="Train on this gymnasium environment instead.")
@click.option(
    "--option",
    "settings_of_env",
    multiple=True,
    callback=read_settings,
    metavar="KEY=VALUE",
    help="A setting of --env, as is_slippery=false.",
)
@click.option(
    "--algorithm",
    type=click.Choice(("q", "sarsa", "expected-sarsa", "double-q")),
    default="q",
    show_default=True,
    help="The learning rule.",
)
@click.option(
    "--episodes", type=click.IntRange(min=1), default=1000, show_default=True, help="How many."
)
@click.option(
    "--alpha",
    default="0.1",
    show_default=True,
    metavar="SCHEDULE",
    help="Learning rate: 0.1, linear:0.5:0.01[:EPISODES], exp:0.5:0.01[:EPISODES].",
)
@click.option(
    "--gamma", type=options.Finite(0, 1), default=0.9, show_default=True, help="Discount."
)
@click.option(
    "--epsilon",
    default="0.2",
    show_default=True,
    metavar="SCHEDULE",
    help="The chance of a random move.",
)
@click.option(
    "--reward-goal", type=options.Finite(-1e9, 1e9), help="For the goal [the map's, or 100]."
)
@click.option(
    "--reward-step", type=options.Finite(-1e9, 1e9), help="For any other move [the map's, or -1]."
)
@click.option("--slip", type=options.Finite(0, 1), help="The chance that a move goes sideways.")
@click.option(
    "--max-steps", type=click.IntRange(min=1), help="Cut an episode there [100 for each cell]."
)
@click.option(
    "--initial",
    type=options.Finite(-1e9, 1e9),
    default=0.0,
    show_default=True,
    help="Each action's value at first; a high one is an optimistic start.",
)
@click.option(
    "--converge",
    type=options.Finite(0),
    metavar="CHANGE",
    help="Stop when the greedy path stands still and its values move by no more than this.",
)
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), help="Write the run to this file."
)
@click.option(
    "--keep",
    default="auto",
    metavar="EPISODES",
    help="What --record keeps to replay, as 1,10,last [1, 2, 5, 10, 20, ... and the last].",
)
@click.option("--every", type=click.IntRange(min=1), help="A row each so many episodes, too.")
@click.option("--no-trial", is_flag=True, help="Give advice without trying it.")
@cells_option
@options.common("seed")
@click.pass_obj
def train(
    env: Environment,
    /,
    maze: str | None,
    name: str | None,
    settings_of_env: dict[str, Any],
    alpha: str,
    epsilon: str,
    reward_goal: float | None,
    reward_step: float | None,
    slip: float | None,
    record: Path | None,
    keep: str,
    every: int | None,
    no_trial: bool,
    cells: str | None,
    **learning: Any,
) -> None:
    """Train a learner on a maze.

    MAZE is a bundled name, a file, or - for a map on stdin. The defaults are the course's. On a
    terminal the table and the greedy path are shown while they are learnt. At the end the greedy
    policy is compared with the shortest path; where it falls short, the cause is measured and
    advice is tried. Exits 3 where the greedy policy does not reach the goal, or with --env in no episode.
    """
    from lmcli.frame.disk.whole import check_target
    from lmcli.maze import schedule
    from lmcli.maze.runs.lesson import Lesson
    from lmcli.maze.train import Settings

    settings = Settings(
        alpha=schedule.parse(alpha, "--alpha"),
        epsilon=schedule.parse(epsilon, "--epsilon"),
        **learning,
    )
    if record is not None:
        check_target(record)
    rewards = (reward_goal, reward_step, slip)
    if name is not None:
        if maze is not None or rewards != (None, None, None) or every or cells:
            what = "MAZE, --reward-goal, --reward-step, --slip, --every and --cells are for mazes"
            raise BadUsage(
                what, "leave them out with --env; --option sets what the environment has"
            )
        _train_env(env, name, settings_of_env, settings, record)
        return
    if settings_of_env:
        raise BadUsage("--option is for --env", "add --env, as --env FrozenLake-v1")
    _train_maze(
        env,
        Lesson(_maze(env, maze, cells), settings, rewards, record, keep, every, not no_trial),
    )


def _maze(env: Environment, name: str | None, cells: str | None) -> Any:
    if name is None and env.stdin_isatty:
        hint = "name a maze, as course, or --env; 'lmcli maze list' shows the bundled ones"
        raise BadUsage("nothing to train on", hint)
    return open_maze(env, name or "-", cells)


def _train_env(
    env: Environment, name: str, made_with: dict[str, Any], settings: Settings, record: Path | None
) -> None:
    from lmcli.frame.printing.tables import vertical
    from lmcli.maze.runs.lesson import env_row

    with env.output.progress(f"training on {name}", settings.episodes) as advance:
        row = env_row(name, made_with, settings, record, advance)
    env.output.rows([row], several=False, render=lambda rows: vertical(rows[0]))
    if not row.success:
        explained = env.output.format == "table"
        raise _shortfall(f"{name}: no greedy episode succeeds", row.cause, row.advice, explained)


def _train_maze(env: Environment, lesson: Lesson) -> None:
    truth = lesson.truth()
    watched: list[History] = []  # the history, always the same object

    def watch(history: History) -> None:
        watched[:] = [history]

    try:
        if env.output.format == "table":
            _show_training(env, lesson, truth, watch)
        else:
            _print_training(env, lesson, truth, watch)
    except KeyboardInterrupt:
        if watched:
            from lmcli.maze.view.live_training import stopped_text

            env.output.report(stopped_text(truth, lesson, watched[0]))
        raise


def _print_training(env: Environment, lesson: Lesson, truth: Truth, watch: Watch) -> None:
    last: list[Progress] = []

    def rows() -> Iterator[Progress]:
        for row in lesson.rows(truth, watch):
            last[:] = [row]
            yield row

    env.output.rows(rows(), several=False)
    _end(last[0], lesson)


def _show_training(env: Environment, lesson: Lesson, truth: Truth, watch: Watch) -> None:
    from lmcli.frame.printing.tables import table
    from lmcli.maze.view.live_training import LiveTraining

    def both(history: History) -> None:
        watch(history)
        live.watch(history)

    shown = env.stdout_isatty and env.wants_color(True) and not env.settings.quiet
    with LiveTraining(env.output.console(), truth, lesson, shown) as live:
        *on_the_way, last = lesson.rows(truth, both)
    if on_the_way:
        env.output.render(table([(row, {}) for row in [*on_the_way, last]]))
    env.output.render(live.summary(last))
    _end(last, lesson, explained=True)


def _end(last: Progress, lesson: Lesson, explained: bool = False) -> None:
    """End with the exit code 3 where the greedy policy does not lead to the goal."""
    if last.reached:
        return
    what = f"{lesson.maze.name}: the greedy policy does not reach the goal"
    raise _shortfall(what, last.cause, last.advice, explained)


def _shortfall(what: str, cause: str | None, advice: str | None, explained: bool) -> NoAnswer:
    """The error of a policy that leads nowhere; explained: cause and advice stand on the screen already."""
    if explained:
        return NoAnswer(what)
    return NoAnswer(f"{what}: {cause}" if cause else what, advice)
