"""Hits and vectors for people."""
