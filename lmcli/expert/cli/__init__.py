"""The commands: lmcli expert ..."""
