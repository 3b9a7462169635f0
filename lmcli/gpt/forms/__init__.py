"""Answers of a given form: choices, regular expressions, JSON schemas."""
