"""Masked words and next sentences: what language models are trained on, and what trained ones make of it."""
