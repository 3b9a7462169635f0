"""The command `lmcli ask`."""
