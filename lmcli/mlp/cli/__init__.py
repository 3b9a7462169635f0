"""The command: mlp."""
