"""The REPL: every command in one warm process, typed, from a script, or driven by another program."""
