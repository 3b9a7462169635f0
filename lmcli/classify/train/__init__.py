"""Classifiers that learn from examples: the vocabulary, the nets, the training, the bundled models (extra train)."""
