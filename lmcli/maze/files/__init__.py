"""Mazes and runs as files."""
