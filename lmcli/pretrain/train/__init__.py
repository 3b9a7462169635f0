"""Training, scaling and saving (extra train)."""
