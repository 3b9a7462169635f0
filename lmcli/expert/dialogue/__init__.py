"""The dialogue: sentences to facts, the next question, replies."""
