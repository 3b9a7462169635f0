"""Texts and their labels: classify, evaluate, explain; train and compare."""
