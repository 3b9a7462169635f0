"""Conclusions, proofs and rule bases for people."""
