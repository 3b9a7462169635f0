"""Attention and tokens for people: terminal and figures."""
