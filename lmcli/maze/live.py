"""What a person at a terminal sees while a learner trains, and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from lmcli.maze.judge import Progress, Truth
from lmcli.maze.lesson import Lesson
from lmcli.maze.picture import Scale, snapshot
from lmcli.maze.render import picture_text
from lmcli.maze.train import History, greedy_path

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

SECONDS = 0.1  # between two pictures
Watch = Callable[[History], None]


@contextmanager
def live_view(
    console: Console, truth: Truth, lesson: Lesson, shown: bool
) -> Iterator[Watch | None]:
    """Show training while the block runs; call what it yields after each episode.

    Yields None, and touches no terminal, where nothing is to be shown.
    """
    if not shown:
        yield None
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False, transient=True) as live:
        due = 0.0

        def watch(history: History) -> None:
            nonlocal due
            now = monotonic()
            if now >= due or history.episodes == lesson.settings.episodes:
                size = console.size
                live.update(view(truth, lesson, history, size.width, size.height), refresh=True)
                due = monotonic() + SECONDS

        yield watch


def view(truth: Truth, lesson: Lesson, history: History, width: int, height: int) -> Text:
    """The map with values and policy, the greedy path on it, and two lines of figures."""
    table = history.table
    path = greedy_path(truth.world, table)
    best = [max(row) for row in table if any(row)]
    scale = Scale(min([0.0, *best]), max([0.0, *best]))
    recent = history.returns[-100:]
    steps = history.steps[-100:]
    epsilon = lesson.settings.epsilon.at(history.episodes, lesson.settings.episodes)
    arrived = path[-1] == truth.world.goal
    way = f"{len(path) - 1} moves" if arrived else "does not reach the goal"
    picture = snapshot(lesson.maze, scale, table, path, "")
    text = picture_text(picture, width, height - 2)
    text.rstrip()
    text.append(
        f"\nepisode {history.episodes} of {lesson.settings.episodes}"
        f"   greedy {way}, shortest {truth.shortest:.4g}"
    )
    text.append(
        f"\nlast {len(recent)}: return {sum(recent) / len(recent):.1f}, "
        f"{sum(steps) / len(steps):.1f} steps   epsilon {epsilon:.3g}"
    )
    return text


def verdict_text(row: Progress, lesson: Lesson) -> Text:
    """How training ended, in sentences."""
    from rich.text import Text

    text = Text()
    text.append(f"{row.episodes} episodes, {row.steps} steps on {lesson.maze.name}")
    text.append(" (converged). " if row.converged else ". ")
    if row.greedy_length is None:
        text.append("The greedy policy does not reach the goal", "bold red")
        text.append(f"; the shortest path has {row.shortest_length:.4g} moves.")
    else:
        style = "bold yellow" if row.cause else "bold green"
        text.append(f"The greedy policy reaches the goal in {row.greedy_length:.4g} moves", style)
        text.append(f"; the shortest path has {row.shortest_length:.4g}.")
    if row.cause:
        text.append(f"\nWhy: {row.cause}.")
    if row.advice:
        text.append(f"\nWhat to do: {row.advice}.")
    if lesson.record:
        text.append(
            f"\nRecorded in {lesson.record}; play it with: lmcli maze replay {lesson.record}"
        )
    return text
