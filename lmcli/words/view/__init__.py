"""Plots and associations for people."""
