"""Pre-training as its watchers see it."""
