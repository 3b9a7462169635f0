"""Graphs: random walks as sentences, vectors of nodes, and what they foretell."""
