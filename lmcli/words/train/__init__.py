"""A text as sentences, counts and vectors."""
