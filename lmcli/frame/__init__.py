"""The frame of every command: environment, errors, options, records, output, settings, models on disk."""
