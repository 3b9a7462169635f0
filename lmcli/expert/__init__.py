"""Rule bases, forward and backward chaining, explanations: the symbolic side of the course."""
