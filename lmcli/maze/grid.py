"""A grid world: its cells, what a move does, and the tables that learners and solvers read.

Cells are (row, column) from the top left; a state is row * columns + column, walls included, so
that a table of action values has the map's own shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lmcli.frame.errors import NoAnswer

Cell = tuple[int, int]

# the order of the course: right, left, down, up
ACTIONS = ("right", "left", "down", "up")
STEPS: tuple[Cell, ...] = ((0, 1), (0, -1), (1, 0), (-1, 0))
ARROWS = "→←↓↑"
# where a slip takes each action: to one of the two directions beside it
SIDES = ((2, 3), (2, 3), (0, 1), (0, 1))

START, GOAL, WALL, FREE, ICE = "S", "G", "#", ".", "~"
ONE_WAY: Mapping[str, int] = MappingProxyType({">": 0, "<": 1, "v": 2, "^": 3})

GOAL_REWARD, STEP_REWARD, ICE_SLIP = 100.0, -1.0, 0.2


@dataclass(frozen=True, slots=True)
class World:
    """A grid world as tables over its states.

    `moves[s][a]` is the state that action a leads to, `rewards[t]` what a move that ends on t
    earns, `slip[s]` the chance that a move from s goes to one side instead (each side alike).
    """

    columns: int
    start: int
    goal: int
    moves: list[list[int]]
    rewards: list[float]
    slip: list[float]

    @property
    def slippery(self) -> bool:
        """Whether any cell is."""
        return any(self.slip)

    def cell(self, state: int) -> Cell:
        """The row and column of a state."""
        return divmod(state, self.columns)


@dataclass(frozen=True, slots=True)
class Maze:
    """A map: `rows` are strings of equal length, `letters` the rewards of lettered cells."""

    name: str
    rows: tuple[str, ...]
    start: Cell
    goal: Cell
    letters: Mapping[str, float] = field(default_factory=dict)
    goal_reward: float = GOAL_REWARD
    step_reward: float = STEP_REWARD
    ice_slip: float = ICE_SLIP
    # where the map's first line stood in its file: errors found later still name the line
    first_line: int = field(default=1, compare=False)
    # what was taken for granted when a map of another alphabet was read
    remarks: tuple[str, ...] = field(default=(), compare=False)

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.rows[0])

    def at(self, cell: Cell) -> str:
        """The character of a cell."""
        return self.rows[cell[0]][cell[1]]

    def is_wall(self, cell: Cell) -> bool:
        """Whether a cell is a wall or outside."""
        row, column = cell
        inside = 0 <= row < self.height and 0 <= column < self.width
        return not inside or self.rows[row][column] == WALL

    def move(self, cell: Cell, action: int) -> Cell:
        """Where `action` leads: walls, edges and a one-way cell's other sides leave you in place."""
        only = ONE_WAY.get(self.at(cell))
        if only is not None and action != only:
            return cell
        target = (cell[0] + STEPS[action][0], cell[1] + STEPS[action][1])
        return cell if self.is_wall(target) else target

    def reward(self, cell: Cell, goal: float | None = None, step: float | None = None) -> float:
        """What a move that ends on `cell` earns."""
        if cell == self.goal:
            return self.goal_reward if goal is None else goal
        step = self.step_reward if step is None else step
        return self.letters.get(self.at(cell), step)

    def world(
        self, goal: float | None = None, step: float | None = None, slip: float | None = None
    ) -> World:
        """The tables of this maze; the arguments take the place of the map's own rewards and slip.

        slip: the chance that any move goes sideways; without it only the cells `~` are slippery.
        """
        cells = [(row, column) for row in range(self.height) for column in range(self.width)]
        index = {cell: state for state, cell in enumerate(cells)}
        ice = self.ice_slip if slip is None else slip
        everywhere = slip or 0.0
        return World(
            columns=self.width,
            start=index[self.start],
            goal=index[self.goal],
            moves=[[index[self.move(cell, action)] for action in range(4)] for cell in cells],
            rewards=[self.reward(cell, goal, step) for cell in cells],
            slip=[ice if self.at(cell) == ICE else everywhere for cell in cells],
        )

    def where(self, cell: Cell) -> str:
        """A cell as its place in the file, for messages."""
        return f"line {self.first_line + cell[0]}, column {cell[1] + 1}"

    def text(self) -> str:
        """The map as a file holds it, with a line for each reward that is not the usual one."""
        lines = []
        if self.goal_reward != GOAL_REWARD:
            lines.append(f"goal: {self.goal_reward:g}")
        if self.step_reward != STEP_REWARD:
            lines.append(f"step: {self.step_reward:g}")
        if self.ice_slip != ICE_SLIP:
            lines.append(f"slip: {self.ice_slip:g}")
        lines += [f"{letter}: {value:g}" for letter, value in self.letters.items()]
        return "\n".join([*lines, *self.rows]) + "\n"


def unreachable(maze: Maze, reached: int) -> NoAnswer:
    """The error of a goal that no path leads to; `reached` cells can be."""
    return NoAnswer(
        f"{maze.name}, {maze.where(maze.goal)}: no path leads to the goal; "
        f"from S {reached} cell{'s' * (reached != 1)} can be reached",
        "open a wall (#) between them",
    )
