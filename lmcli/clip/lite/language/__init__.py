"""What clip-lite learns words from: WordNet, names of classes, the Chinese lexicon."""
