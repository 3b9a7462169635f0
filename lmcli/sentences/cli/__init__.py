"""The commands: embed, compare, search."""
