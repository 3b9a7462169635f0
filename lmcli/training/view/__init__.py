"""Trainings as their watchers see them."""
