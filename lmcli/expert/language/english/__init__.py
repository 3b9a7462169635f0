"""English sentences: words, phrases, numbers, and how a sentence frames them."""
