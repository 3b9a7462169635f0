"""Checkpoints of transformers as model folders."""
