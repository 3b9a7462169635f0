"""The commands about mazes themselves: maze list, new, show, solve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.inputs import Records

if TYPE_CHECKING:
    from lmcli.maze.grid import Maze

ALGORITHMS = ("dfs", "prim", "kruskal", "wilson", "open")


def complete_maze(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """Bundled mazes, then files."""
    from click.shell_completion import CompletionItem

    from lmcli.maze.files import bundled

    names = [name for name, _ in bundled.names() if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


def read_size(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[int, int]:
    """Rows and columns, as 15x15; one number makes a square."""
    sides = value.lower().replace("×", "x").split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise click.BadParameter(f"{value!r} is not a size such as 15x15 (rows x columns).")
    return int(sides[0]), int(sides[-1])


cells_option = click.option(
    "--cells",
    metavar="MAP",
    help="What a map's characters mean, as 'S=A,G=B,#=X' [the usual alphabets are known].",
)


def open_maze(env: Environment, name: str, cells: str | None) -> Maze:
    """A maze by name, path or from stdin; what was taken for granted in reading it is said."""
    from lmcli.maze.files import bundled

    maze = bundled.find(name, env.stdin, cells)
    if cells and name in dict(bundled.names()):
        env.output.warn(f"{name} comes with lmcli; --cells is for maps of your own")
    for remark in maze.remarks:
        env.output.warn(f"{maze.name}: {remark}")
    return maze


@click.command(
    "list",
    epilog="Fields: name, rows, columns, shortest_length, summary.\n\nExample:  lmcli maze list",
)
@options.common()
@click.pass_obj
def list_(env: Environment) -> None:
    """List the bundled mazes."""
    from lmcli.maze.listing import bundled_mazes

    env.output.rows(bundled_mazes())


@click.command(
    epilog="Fields: maze, rows, columns, start, goal, free, shortest_length, map; as text the map "
    "alone.\n\nExample:  lmcli maze new --size 15x15 --algorithm prim --loops 0.1 --seed 1"
)
@click.option(
    "--size",
    callback=read_size,
    default="15x15",
    show_default=True,
    metavar="SIZE",
    help="Rows x columns.",
)
@click.option(
    "--algorithm",
    type=click.Choice(ALGORITHMS),
    default="dfs",
    show_default=True,
    help="How the spanning tree is drawn; open has no walls.",
)
@click.option(
    "--loops",
    type=options.Finite(0, 1),
    default=0.0,
    show_default=True,
    help="The share of walls that are taken out again.",
)
@options.common("seed")
@click.pass_obj
def new(env: Environment, size: tuple[int, int], algorithm: str, loops: float, seed: int) -> None:
    """Generate a maze.

    Rooms and walls take turns, so both sides are odd unless the algorithm is open. The start is the
    top left, the goal the bottom right.
    """
    from lmcli.maze.generate import generate

    made = generate(*size, algorithm, loops=loops, seed=seed, name=f"{algorithm}-{seed}")
    if env.output.format in ("plain", "table"):
        env.output.text(made.text(), end="")
        return
    from lmcli.maze.listing import describe

    env.output.rows([describe(made)], several=False)


@click.command(
    epilog="Fields: maze, rows, columns, start, goal, free, shortest_length, map; as text the map "
    "alone.\n\nExample:  lmcli maze show course"
)
@inputs.documents("mazes", metavar="MAZE...", complete=complete_maze)
@cells_option
@options.common()
@click.pass_obj
def show(env: Environment, mazes: Records, cells: str | None) -> None:
    """Draw mazes.

    MAZE is a bundled name, a file, or - for a map on stdin. A map has S start, G goal, # wall, .
    free, ~ slippery, > < v ^ cells that can only be left that way, and letters with rewards of
    their own. Lines before it may say `goal: 100`, `step: -1`, `slip: 0.2` or a letter's reward,
    `a: -10`; `;` starts a comment. Arrays of 0 (free), 1 (wall) and 9 (goal) are read too, and so are
    maps in the usual alphabets of others: blank floor, A and B, S and E, blocks, boxes, emoji squares,
    csv, Python's lists. `--cells` names the characters of any other.
    """
    from lmcli.maze import listing
    from lmcli.maze.view import render

    def shown(name: str) -> Any:
        maze = open_maze(env, name, cells)
        if env.output.format == "plain":
            env.output.text(maze.text(), end="")
            return []
        if env.output.format == "table":
            env.output.render(render.described(maze, listing.describe(maze)))
            return []
        return listing.describe(maze)

    env.output.stream(mazes.map(shown), mazes)


@click.command(
    epilog="Fields: maze, length (moves), path ([row, column] of each cell), expanded (cells looked "
    "at).\n\nExample:  lmcli maze solve course"
)
@inputs.documents("mazes", metavar="MAZE...", complete=complete_maze)
@click.option(
    "--method",
    type=click.Choice(("bfs", "astar", "value-iteration")),
    default="bfs",
    show_default=True,
    help="Value iteration heeds rewards and slipping, the others count moves.",
)
@click.option(
    "--gamma",
    type=options.Finite(0, 1),
    help="The discount of value iteration [0.99, or more where the goal is farther].",
)
@cells_option
@options.common()
@click.pass_obj
def solve(
    env: Environment, mazes: Records, method: str, gamma: float | None, cells: str | None
) -> None:
    """Find the shortest path of each maze.

    MAZE is a bundled name, a file, or - for a map on stdin.
    """
    from lmcli.maze import listing
    from lmcli.maze.view import render

    def solved(name: str) -> Any:
        maze = open_maze(env, name, cells)
        solution = listing.solve(maze, method, gamma)
        if env.output.format == "table":
            env.output.render(render.solved(maze, solution))
            return []
        return solution

    env.output.stream(mazes.map(solved), mazes)
