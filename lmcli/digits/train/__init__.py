"""Training: networks, augmentation, the recipes of the bundled models (extra train)."""
