"""Chinese sentences: names, numbers, and how a sentence frames them."""
