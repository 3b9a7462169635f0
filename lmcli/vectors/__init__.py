"""Word-vector files, vocabularies and exact ranking."""
