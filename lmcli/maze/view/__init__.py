"""Mazes and replays for people: terminal, pictures, films."""
