"""Steps a second of Q-learning on an open 50x50 maze, against its peers, in one run.

    python -m tests.bench.maze [--rounds 5] [--json]

Peers: the course's loop (numpy), the same loop over plain lists, numba's compiled loop, and a table learner stepping
gymnasium's FrozenLake. Rounds take turns, so that a slow moment of the machine meets all of them; the median of
processor time counts.
Compiling is not in numba's steps/s: it stands in a row of its own, with the steps after which it has paid.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from time import process_time

import numpy as np

from lmcli.maze.files import bundled
from lmcli.maze.train import Settings, training
from tests.maze import course

SIDE, ALPHA, GAMMA, EPSILON = 50, 0.1, 0.99, 0.2


def open_array():
    maze = np.zeros((SIDE, SIDE), dtype=int)
    maze[-1, -1] = 9
    return maze


def lmcli(seed, wanted=400_000, algorithm="q"):
    world = bundled.bundled("open-50").world()
    settings = Settings(algorithm=algorithm, gamma=GAMMA, seed=seed, episodes=10**6)
    begin, steps = process_time(), 0
    for history in training(world, settings):
        steps += history.steps[-1]
        if steps >= wanted:
            break
    return steps, process_time() - begin


def numpy_loop(seed, wanted=40_000):
    rng = random.Random(seed)
    begin = process_time()
    _, steps = course.q_learning(
        rng.random, open_array(), 1, ALPHA, GAMMA, EPSILON, most_steps=wanted
    )
    while steps < wanted:
        _, more = course.q_learning(
            rng.random, open_array(), 1, ALPHA, GAMMA, EPSILON, most_steps=wanted - steps
        )
        steps += more
    return steps, process_time() - begin


def plain_lists(seed, wanted=400_000):
    """The course's loop as one would write it without numpy."""
    maze = open_array().tolist()
    table = [[[0.0] * 4 for _ in range(SIDE)] for _ in range(SIDE)]
    uniform, moves = random.Random(seed).random, course.MOVES
    begin, steps = process_time(), 0
    while steps < wanted:
        row = column = 0
        while maze[row][column] != 9:
            values = table[row][column]
            explore = uniform() < EPSILON
            action = int(uniform() * 4) if explore else values.index(max(values))
            down, right = moves[action]
            to_row, to_column = row + down, column + right
            if not (0 <= to_row < SIDE and 0 <= to_column < SIDE) or maze[to_row][to_column] == 1:
                to_row, to_column = row, column
            reward = 100 if maze[to_row][to_column] == 9 else -1
            best = max(table[to_row][to_column])
            values[action] += ALPHA * (reward + GAMMA * best - values[action])
            row, column = to_row, to_column
            steps += 1
    return steps, process_time() - begin


def compiled():
    """numba's loop, and the seconds that importing and compiling took."""
    begin = process_time()
    from numba import njit

    @njit
    def loop(seed, wanted):
        np.random.seed(seed)
        table = np.zeros((SIDE * SIDE, 4))
        goal, steps = SIDE * SIDE - 1, 0
        while steps < wanted:
            state = 0
            while state != goal:
                explore = np.random.random() < EPSILON
                action = np.random.randint(4) if explore else np.argmax(table[state])
                row, column = state // SIDE, state % SIDE
                if action == 0:
                    column = min(column + 1, SIDE - 1)
                elif action == 1:
                    column = max(column - 1, 0)
                elif action == 2:
                    row = min(row + 1, SIDE - 1)
                else:
                    row = max(row - 1, 0)
                target = row * SIDE + column
                reward = 100.0 if target == goal else -1.0
                best = table[target].max()
                table[state, action] += ALPHA * (reward + GAMMA * best - table[state, action])
                state = target
                steps += 1
        return steps

    loop(0, 1)
    return loop, process_time() - begin


def frozen_lake(seed, wanted=20_000):
    import gymnasium

    env = gymnasium.make("FrozenLake-v1")
    table, rng = np.zeros((16, 4)), random.Random(seed)
    env.reset(seed=seed)
    begin, steps = process_time(), 0
    while steps < wanted:
        state, over = env.reset()[0], False
        while not over:
            explore = rng.random() < EPSILON
            action = rng.randrange(4) if explore else int(table[state].argmax())
            target, reward, ended, cut, _ = env.step(action)
            best = 0.0 if ended else table[target].max()
            table[state, action] += ALPHA * (reward + GAMMA * best - table[state, action])
            state, over = target, ended or cut
            steps += 1
    return steps, process_time() - begin


def contestants():
    """Name -> a function of a seed that gives (steps, seconds)."""
    runs = {"lmcli": lmcli}
    for algorithm in ("sarsa", "expected-sarsa", "double-q"):
        runs[f"lmcli {algorithm}"] = lambda seed, a=algorithm: lmcli(seed, 200_000, a)
    runs |= {"course (numpy)": numpy_loop, "plain lists": plain_lists}
    seconds = None
    try:
        loop, seconds = compiled()
    except ImportError:
        pass
    else:

        def numba(seed, wanted=4_000_000):
            begin = process_time()
            return loop(seed, wanted), process_time() - begin

        runs["numba"] = numba
    try:
        import gymnasium  # noqa: F401
    except ImportError:
        pass
    else:
        runs["gymnasium FrozenLake"] = frozen_lake
    return runs, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    runs, compile_seconds = contestants()
    speeds = {name: [] for name in runs}
    for seed in range(arguments.rounds):
        for name, run in runs.items():
            steps, seconds = run(seed)
            speeds[name].append(steps / seconds)
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    rows = [
        {"name": name, "steps_per_second": round(speed), "lmcli_is": medians["lmcli"] / speed}
        for name, speed in medians.items()
    ]
    paid = None
    if compile_seconds:
        paid = compile_seconds / (1 / medians["lmcli"] - 1 / medians["numba"])
    if arguments.json:
        print(json.dumps({"rows": rows, "compile_seconds": compile_seconds, "paid_after": paid}))
        return
    for row in rows:
        speed = row["steps_per_second"] / 1e6
        print(
            f"{row['name']:24}{speed:8.2f} M steps/s   lmcli is {row['lmcli_is']:6.2f} times that"
        )
    if compile_seconds:
        print(
            f"numba: {compile_seconds:.1f} s to import and compile, paid after {paid / 1e6:.1f} M steps"
        )


if __name__ == "__main__":
    main()
