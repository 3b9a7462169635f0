"""n-grams: of words, the baseline of masked words; of characters, the model for Chinese that comes with lmcli."""
