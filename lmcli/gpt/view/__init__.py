"""Tables of tokens for people."""
