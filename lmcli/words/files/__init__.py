"""Files that word vectors are exchanged in."""
