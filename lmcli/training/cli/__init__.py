"""What the commands that train have in common."""
