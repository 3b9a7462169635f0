"""The commands: lmcli digits ..."""
