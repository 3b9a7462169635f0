"""What is drawn in the cells of a terminal: pixels, and what a projector needs."""
