"""The commands: classify TEXT, and those below it."""
