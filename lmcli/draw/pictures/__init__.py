"""Pictures in: which are meant, reading them whatever their format, and showing them in the terminal."""
