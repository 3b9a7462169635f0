"""Prompts made of examples, and strategies compared."""
