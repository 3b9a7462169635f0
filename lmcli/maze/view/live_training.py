"""What a person at a terminal sees while a learner trains, and when it is done."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from lmcli.draw.terminal.projector import is_big
from lmcli.frame.locale import said, told
from lmcli.maze.judge import Progress, Truth
from lmcli.maze.runs.lesson import Lesson
from lmcli.maze.train import History, greedy_path
from lmcli.maze.view.picture import Scale, snapshot
from lmcli.maze.view.render import picture_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

SECONDS = 0.1  # between two pictures
PATIENT_SHARE = 4  # times as long as the last picture took, at least, until the next
PATIENCE = 0.3  # before the first


class LiveTraining:
    """Shows a training while it goes on, and how it ended.

    shown: whether pictures are drawn on the way; a training that is over at once has none.
    """

    def __init__(self, console: Console, truth: Truth, lesson: Lesson, shown: bool) -> None:
        self.console = console
        self.truth = truth
        self.lesson = lesson
        self.shown = shown
        self.history: History | None = None
        self._live: Live | None = None
        self._due = monotonic() + PATIENCE

    def __enter__(self) -> LiveTraining:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._live:
            self._live.stop()

    def watch(self, history: History) -> None:
        """Take note of an episode; draw if the last picture is old enough."""
        self.history = history
        if not self.shown or monotonic() < self._due:
            return
        if self._live is None:
            from rich.live import Live

            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.start()
        size, began = self.console.size, monotonic()
        picture = view(
            self.truth, self.lesson, history, size.width, size.height, is_big(self.console)
        )
        self._live.update(picture, refresh=True)
        ended = monotonic()  # on a busy machine most of the time is still for learning
        self._due = ended + max(SECONDS, PATIENT_SHARE * (ended - began))

    def summary(self, row: Progress) -> Text:
        """The last picture and the verdict."""
        assert self.history is not None
        size, big = self.console.size, is_big(self.console)
        height = max(self.lesson.maze.height + 2, size.height - 4 if big else 0)
        text = view(self.truth, self.lesson, self.history, size.width, height, big)
        return text.append("\n").append_text(verdict_text(row, self.lesson))


def view(
    truth: Truth, lesson: Lesson, history: History, width: int, height: int, big: bool = False
) -> Text:
    """The map with values and policy, the greedy path on it, and two lines of figures."""
    table = history.table
    path = greedy_path(truth.world, table)
    best = [max(row) for row in table if any(row)]
    scale = Scale(min([0.0, *best]), max([0.0, *best]))
    recent = history.returns[-100:]
    steps = history.steps[-100:]
    epsilon = lesson.settings.epsilon.at(history.episodes, lesson.settings.episodes)
    arrived = path[-1] == truth.world.goal
    way = told(f"{len(path) - 1} moves") if arrived else said("does not reach the goal")
    picture = snapshot(lesson.maze, scale, table, path, "")
    text = picture_text(picture, width, height - 2, big=big)
    far = told(
        f"episode {history.episodes} of {lesson.settings.episodes}"
        f"   greedy {way}, shortest {truth.shortest:.4g}"
    )
    lately = told(
        f"last {len(recent)}: return {sum(recent) / len(recent):.1f}, "
        f"{sum(steps) / len(steps):.1f} steps   epsilon {epsilon:.3g}"
    )
    text.append(f"\n{far}\n{lately}")
    return text


def stopped_text(truth: Truth, lesson: Lesson, history: History) -> str:
    """What had been learnt when Ctrl-C ended a training, in a sentence."""
    length = truth.length(history.table)
    learnt = (
        said("does not reach the goal yet")
        if length is None
        else told(
            f"reaches the goal in {length:.4g} moves, the shortest path has {truth.shortest:.4g}"
        )
    )
    lost = told(f"; {lesson.record} was not written") if lesson.record else ""
    return (
        f"stopped after {history.episodes} of {lesson.settings.episodes} episodes: "
        f"the greedy policy {learnt}{lost}"
    )


def verdict_text(row: Progress, lesson: Lesson) -> Text:
    """How training ended, in sentences."""
    from rich.text import Text

    text = Text()
    text.append(told(f"{row.episodes} episodes, {row.steps} steps on {lesson.maze.name}"))
    text.append(said(" (converged). ") if row.converged else said(". "))
    best = row.shortest_length
    shortest = (
        said("no policy is sure to reach it")
        if best is None
        else told(f"the shortest path has {best:.4g} moves")
    )
    end = said("; ") + shortest + said(".")
    if row.greedy_length is None:
        text.append(said("The greedy policy does not reach the goal"), "bold red")
    else:
        style = "bold yellow" if row.cause else "bold green"
        reached = told(f"The greedy policy reaches the goal in {row.greedy_length:.4g} moves")
        text.append(reached, style)
    text.append(end)
    if row.cause:
        text.append("\n" + said("Why: %s.") % told(row.cause))
    if row.advice:
        text.append("\n" + said("What to do: %s.") % told(row.advice))
    if lesson.record:
        kept = told(f"Recorded in {lesson.record}; play it with: lmcli maze replay {lesson.record}")
        text.append(f"\n{kept}")
    return text
