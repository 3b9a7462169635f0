"""lmcli: the systems of an introductory AI course in the terminal, from rules to CLIP."""

__version__ = "0.1.0"
