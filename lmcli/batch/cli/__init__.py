"""The commands of `lmcli batch`."""
