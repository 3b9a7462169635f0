"""How fast a model is, and what works on this machine."""
