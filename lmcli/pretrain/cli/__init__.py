"""The commands about pre-training."""
