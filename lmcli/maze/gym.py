"""The maze as a gymnasium environment; importing this module registers it as `lmcli/Maze-v0`.

    import gymnasium
    import lmcli.maze.gym

    env = gymnasium.make("lmcli/Maze-v0", maze="course")

Observations are states (row * columns + column), actions 0 right, 1 left, 2 down, 3 up.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from lmcli.frame.errors import BadUsage
from lmcli.maze.episodes import direction
from lmcli.maze.files import bundled
from lmcli.maze.grid import SIDES, Maze

ID = "lmcli/Maze-v0"


class MazeEnv(gymnasium.Env[np.int64, np.int64]):
    """A grid world. An episode ends at the goal; `P` is the model, as gymnasium's toy texts have it.

    maze: a bundled name, a path, or a Maze. goal, step: rewards in place of the map's own.
    slip: the chance that any move goes sideways.
    """

    metadata = {  # noqa: RUF012  # the base class declares it so
        "render_modes": ["ansi", "rgb_array"],
        "render_fps": 8,
    }

    def __init__(
        self,
        maze: str | Maze = "course",
        goal: float | None = None,
        step: float | None = None,
        slip: float | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise BadUsage(f"no render mode {render_mode!r}", "take ansi or rgb_array")
        self.maze = maze if isinstance(maze, Maze) else bundled.find(maze)
        self.world = self.maze.world(goal, step, slip)
        self.observation_space = spaces.Discrete(len(self.world.moves))
        self.action_space = spaces.Discrete(4)
        self.render_mode = render_mode
        self.state = self.world.start
        self.initial_state_distrib = np.eye(len(self.world.moves))[self.world.start]
        self.P = {
            s: {a: self._outcomes(s, a) for a in range(4)} for s in range(len(self.world.moves))
        }

    def _outcomes(self, state: int, action: int) -> list[tuple[float, int, float, bool]]:
        """What may follow: (chance, state, reward, whether the episode ends)."""
        world = self.world
        if state == world.goal:
            return [(1.0, state, 0.0, True)]
        slip = world.slip[state]
        ways = [(1 - slip, action), *((slip / 2, side) for side in SIDES[action])]
        targets = [(chance, world.moves[state][way]) for chance, way in ways if chance]
        return [(chance, t, world.rewards[t], t == world.goal) for chance, t in targets]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        """Go back to the start."""
        super().reset(seed=seed, options=options)
        self.state = self.world.start
        return np.int64(self.state), {}

    def step(self, action: np.int64 | int) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        """Move; the episode is over at the goal."""
        world = self.world
        way = direction(world.slip[self.state], int(action), self.np_random.random)
        self.state = world.moves[self.state][way]
        return np.int64(self.state), world.rewards[self.state], self.state == world.goal, False, {}

    def render(self) -> str | NDArray[np.uint8] | None:
        """The map with the learner on it: text, or pixels (8 a cell, RGB)."""
        if self.render_mode == "ansi":
            return self._text()
        return self._pixels() if self.render_mode == "rgb_array" else None

    def _text(self) -> str:
        row, column = self.world.cell(self.state)
        rows = list(self.maze.rows)
        rows[row] = rows[row][:column] + "o" + rows[row][column + 1 :]
        return "\n".join(rows) + "\n"

    def _pixels(self) -> NDArray[np.uint8]:
        colors = {"#": (38, 42, 51), "G": (214, 58, 82), "S": (92, 200, 99)}
        cells = [
            [colors.get(character, (226, 228, 233)) for character in row] for row in self.maze.rows
        ]
        pixels = np.array(cells, dtype=np.uint8)
        pixels[self.world.cell(self.state)] = (255, 122, 89)
        return pixels.repeat(8, axis=0).repeat(8, axis=1)


if ID not in gymnasium.registry:
    gymnasium.register(id=ID, entry_point="lmcli.maze.gym:MazeEnv")
