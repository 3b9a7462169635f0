"""Mirrors lmcli/sentences/records."""
