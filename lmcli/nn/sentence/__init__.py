"""From the vectors of tokens to one of the text, as sentence-transformers' folders describe it."""
