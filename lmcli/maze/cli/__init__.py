"""The commands: lmcli maze ..."""
