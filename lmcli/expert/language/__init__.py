"""Sentences in English and Chinese to facts, measures and what is not understood."""
