"""Rows for people."""
