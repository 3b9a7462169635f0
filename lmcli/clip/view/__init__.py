"""Guesses, tables and occlusion maps for people."""
