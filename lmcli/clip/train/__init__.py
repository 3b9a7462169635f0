"""Training heads on pairs of pictures and texts."""
