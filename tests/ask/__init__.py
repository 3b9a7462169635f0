"""Mirrors lmcli/ask."""
