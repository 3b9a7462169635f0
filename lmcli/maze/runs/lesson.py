"""One training from start to end, as the command runs it: watched, recorded, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lmcli.maze import diagnosis, judge
from lmcli.maze.grid import Maze
from lmcli.maze.judge import Progress, Truth
from lmcli.maze.runs import run, run_file
from lmcli.maze.tabular import environments
from lmcli.maze.tabular.environments import EnvProgress
from lmcli.maze.train import History, Settings, training

Watch = Callable[[History], None]
# goal, step and slip that take the place of the map's own
Rewards = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to train on and what to leave behind.

    record: where the run is written; keep: its episodes ("auto" or a list); every: a row each so
    many episodes; trials: whether advice is tried.
    """

    maze: Maze
    settings: Settings
    rewards: Rewards = (None, None, None)
    record: Path | None = None
    keep: str = "auto"
    every: int | None = None
    trials: bool = True

    def truth(self) -> Truth:
        """The maze's truth. Raises NoAnswer where its goal cannot be reached."""
        return judge.truth_of(self.maze, self.maze.world(*self.rewards))

    def rows(self, truth: Truth, watch: Watch | None = None) -> Iterator[Progress]:
        """Train; a row each `every` episodes, and the verdict last."""
        recorder = run.Recorder(self.settings, self.keep)
        trace_for = recorder.trace_for if self.record else None
        history = None
        for history in training(truth.world, self.settings, trace_for):
            if watch:
                watch(history)
            ended = history.episodes == self.settings.episodes
            if self.every and history.episodes % self.every == 0 and not ended:
                yield judge.progress(truth, self.settings, history)
        assert history is not None
        last = diagnosis.verdict(truth, self.settings, history, self.trials)
        if self.record:
            run_file.write(
                self.record,
                run.Run(
                    self.settings,
                    history.tables,
                    history.steps,
                    history.returns,
                    recorder.kept(history),
                    asdict(last),
                    self.maze,
                    self.rewards,
                ),
            )
        yield last


def env_row(
    name: str,
    options: dict[str, Any],
    settings: Settings,
    record: Path | None,
    advance: environments.Advance = lambda _episodes: None,
) -> EnvProgress:
    """Train on an environment of gymnasium; `advance` is called after each episode."""
    env = environments.make(name, options)
    try:
        history = environments.train(env, settings, advance)
        row = environments.verdict(env, settings, history)
    finally:
        env.close()
    if record:
        run_file.write(
            record,
            run.Run(
                settings,
                history.tables,
                history.steps,
                history.returns,
                result=asdict(row),
                env=name,
                options=options,
            ),
        )
    return row
