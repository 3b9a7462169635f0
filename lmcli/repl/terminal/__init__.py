"""The session at a terminal: prompt, screen, pager, completion."""
