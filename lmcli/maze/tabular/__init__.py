"""Environments of gymnasium whose states can be counted."""
