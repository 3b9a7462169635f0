"""Records: found by their keys, answered by their values."""
