"""The commands repl, run and config."""
