"""A pre-trained network put to use: adapters, rates by layer, what pre-training gives and fine-tuning takes."""
