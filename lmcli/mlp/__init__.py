"""Neurons that learn: one of them, and a network with hidden layers, by back-propagation in plain numpy."""
