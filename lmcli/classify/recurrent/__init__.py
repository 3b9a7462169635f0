"""Recurrent cells in plain numpy, with back-propagation through time: made to be read."""
