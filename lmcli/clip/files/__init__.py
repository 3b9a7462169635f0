"""Pictures in, vectors kept: what is read from disk and what is written there."""
