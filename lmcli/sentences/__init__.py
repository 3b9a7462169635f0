"""Sentence vectors: embed texts, compare them, search by meaning."""
