"""Labels, reasons, scores and steps for people: in the terminal, and as pictures."""
