"""How rows and messages are printed: cells, a writer for each format, tables for people, progress."""
