"""CLIPS files: what CLIPS holds after reset and run, as rules, or left out by name."""
