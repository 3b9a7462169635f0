"""The course's Q-learning loop, as the course writes it: numpy, one array of four for each cell.

The dice can be handed in, so that it can be compared with the learner throw by throw.
"""

from __future__ import annotations

import numpy as np

MAZE = np.array([[0, 0, 0, 1], [0, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 9]])
MOVES = ((0, 1), (0, -1), (1, 0), (-1, 0))  # right, left, down, up


def step(maze, state, action):
    row, column = state[0] + MOVES[action][0], state[1] + MOVES[action][1]
    inside = 0 <= row < maze.shape[0] and 0 <= column < maze.shape[1]
    if not inside or maze[row, column] == 1:
        row, column = state
    return (row, column), (100 if maze[row, column] == 9 else -1)


def q_learning(
    uniform, maze=MAZE, episodes=1000, alpha=0.1, gamma=0.9, epsilon=0.2, most_steps=10**9
):
    """The table [rows, columns, 4] after training, and the number of steps taken."""
    table = np.zeros((*maze.shape, 4))
    steps = 0
    for _ in range(episodes):
        state = (0, 0)
        while maze[state] != 9 and steps < most_steps:
            explore = uniform() < epsilon
            action = int(uniform() * 4) if explore else int(np.argmax(table[state]))
            target, reward = step(maze, state, action)
            best = np.max(table[target])
            table[state][action] += alpha * (reward + gamma * best - table[state][action])
            state = target
            steps += 1
    return table, steps
