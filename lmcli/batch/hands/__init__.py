"""Who does the work: worker processes on this machine, or actors of Ray."""
