"""Attention: the weights of a real model as pictures, and the formulas behind them."""
