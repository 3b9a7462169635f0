"""Tokenizers built of the files that older models come with, and their text given out piece by piece."""
