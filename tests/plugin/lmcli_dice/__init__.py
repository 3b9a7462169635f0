"""Dice: a command that another package adds to lmcli."""
