"""The commands: attention, tokenize, the lessons."""
