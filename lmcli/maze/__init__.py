"""Grid worlds and tabular reinforcement learning: generate, solve, train, replay, export."""
