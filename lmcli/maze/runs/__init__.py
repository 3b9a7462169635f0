"""A training from start to end: what is kept of it, its file, its replay."""
