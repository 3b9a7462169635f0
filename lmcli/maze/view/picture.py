"""What a replay shows at one moment, before it is drawn: values as colours, the policy, the learner.

The drawing itself is in `drawing` (figures and `gif`), `render` (terminals, `cast`) and `html`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lmcli.draw.colormap import RGB, VIRIDIS
from lmcli.frame.locale import said, told
from lmcli.maze.grid import Maze
from lmcli.maze.rules import Table, mean_table
from lmcli.maze.runs.replay import Scene, sampled
from lmcli.maze.runs.run import Run

WALL_COLOR: RGB = (38, 42, 51)
TRAIL = 400  # moves that a picture shows of the way behind the learner
UNSEEN_COLOR: RGB = (226, 228, 233)
GOAL_COLOR: RGB = (214, 58, 82)
LEARNER_COLOR: RGB = (255, 255, 255)
TRAIL_COLOR: RGB = (255, 122, 89)


@dataclass(frozen=True, slots=True)
class Scale:
    """The values that the two ends of the colours stand for."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Where a value lies between the ends, from 0 to 1."""
        if self.high <= self.low:
            return 1.0
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def color(self, value: float) -> RGB:
        """The colour of a value."""
        return VIRIDIS(self.share(value))


@dataclass(frozen=True, slots=True)
class Picture:
    """One moment. `values` and `policy` have an entry a state, None where nothing is learnt yet.

    `trail` are the states visited last; the learner stands on the final one.
    """

    maze: Maze
    scale: Scale
    caption: str
    values: list[float | None]
    policy: list[int | None]
    trail: Sequence[int]

    def color(self, state: int) -> RGB:
        """The colour of a cell."""
        cell = divmod(state, self.maze.width)
        if self.maze.is_wall(cell):
            return WALL_COLOR
        if cell == self.maze.goal:
            return GOAL_COLOR
        value = self.values[state]
        return UNSEEN_COLOR if value is None else self.scale.color(value)


def scale_of(run: Run) -> Scale:
    """The span of all best values that a run holds: pictures of one run share their colours."""
    tables = [run.table, *(mean_table(kept.tables) for kept in run.kept)]
    seen = [0.0, *(max(row) for table in tables for row in table if any(row))]
    return Scale(min(seen), max(seen))


def snapshot(maze: Maze, scale: Scale, table: Table, trail: Sequence[int], caption: str) -> Picture:
    """The picture of a table; a row of zeros counts as not learnt."""
    learnt = [any(row) for row in table]
    return Picture(
        maze=maze,
        scale=scale,
        caption=caption,
        values=[max(row) if known else None for row, known in zip(table, learnt, strict=True)],
        policy=[
            row.index(max(row)) if known else None for row, known in zip(table, learnt, strict=True)
        ],
        trail=trail,
    )


def pictures(scene: Scene, scale: Scale, most: int) -> Iterator[Picture]:
    """At most `most` moments of a scene, first and last among them."""
    wanted = set(sampled(scene.steps, most))
    returns = scene.returns()
    for step, table in enumerate(scene.tables()):
        if step in wanted:
            caption = caption_of(scene, step, returns[step])
            yield snapshot(
                scene.maze, scale, table, scene.states[max(0, step - TRAIL) : step + 1], caption
            )


def caption_of(scene: Scene, step: int, total: float) -> str:
    """One line about a moment."""
    if scene.kept is None:
        head = told(f"greedy policy after {len(scene.run.steps)} episodes")
    else:
        head = told(f"episode {scene.episode} of {len(scene.run.steps)}")
    tail = said(", epsilon %s") % f"{scene.epsilon:.3g}" if scene.kept else ""
    return told(f"{head}: step {step} of {scene.steps}, return {total:g}") + tail


def last_picture(scene: Scene, scale: Scale) -> Picture:
    """The moment after a scene's last move."""
    *_, last = pictures(scene, scale, 2)
    return last
