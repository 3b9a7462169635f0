"""The language of a line: words, variables, pipes, filters, contexts."""
