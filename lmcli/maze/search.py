"""Shortest paths: breadth first search, and A* with the Manhattan distance.

Hart, Nilsson and Raphael, "A formal basis for the heuristic determination of minimum cost paths",
1968. Both count moves and take no heed of rewards or slipping; `values` does.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import ClassVar

from lmcli.maze.grid import Cell, Maze, unreachable


@dataclass(frozen=True, slots=True)
class Solution:
    """A path from start to goal: `length` counts moves, `expanded` the cells looked at."""

    KEY: ClassVar[str] = "maze"

    maze: str
    length: int
    path: list[Cell]
    expanded: int


def breadth_first(maze: Maze) -> Solution:
    """The shortest path by breadth first search. Raises NoAnswer where there is none."""
    came: dict[Cell, Cell] = {maze.start: maze.start}
    waiting = deque([maze.start])
    expanded = 0
    while waiting:
        cell = waiting.popleft()
        expanded += 1
        if cell == maze.goal:
            return _solution(maze, came, expanded)
        for action in range(4):
            target = maze.move(cell, action)
            if target not in came:
                came[target] = cell
                waiting.append(target)
    raise unreachable(maze, len(came))


def a_star(maze: Maze) -> Solution:
    """The shortest path by A*. Raises NoAnswer where there is none."""
    goal_row, goal_column = maze.goal
    came: dict[Cell, Cell] = {maze.start: maze.start}
    cost = {maze.start: 0}
    done: set[Cell] = set()
    # among equal estimates the cell nearest the goal comes first: an open field is crossed straight
    queue: list[tuple[int, int, Cell]] = [(0, 0, maze.start)]
    while queue:
        _, _, cell = heappop(queue)
        if cell in done:
            continue
        done.add(cell)
        if cell == maze.goal:
            return _solution(maze, came, len(done))
        for action in range(4):
            target = maze.move(cell, action)
            steps = cost[cell] + 1
            if steps < cost.get(target, steps + 1):
                cost[target] = steps
                came[target] = cell
                left = abs(target[0] - goal_row) + abs(target[1] - goal_column)
                heappush(queue, (steps + left, left, target))
    raise unreachable(maze, len(done))


def _solution(maze: Maze, came: dict[Cell, Cell], expanded: int) -> Solution:
    path = [maze.goal]
    while path[-1] != maze.start:
        path.append(came[path[-1]])
    path.reverse()
    return Solution(maze.name, len(path) - 1, path, expanded)
