"""Text: lines, letters of every script, files in other encodings, what of a text a model understands."""
