"""The commands about models and the machine."""
