"""Lessons on the whole architecture: its parts, gradients, places, sources, cost."""
