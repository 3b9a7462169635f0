"""CLIP: zero-shot classification of pictures, search among them, training."""
