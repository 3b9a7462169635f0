"""What is read and written: inputs in blocks, parts, the journal."""
