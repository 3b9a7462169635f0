"""The commands: lmcli clip ..."""
