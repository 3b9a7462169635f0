"""The kernel that every slice stands on; it imports no slice."""
