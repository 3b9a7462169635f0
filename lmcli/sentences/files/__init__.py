"""Files to paragraphs, and the index of their vectors."""
