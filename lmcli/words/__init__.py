"""Word vectors: similarity, neighbours, analogy, evaluation, bias, plots, training."""
