"""The commands: complete, next, score, chat, prompt."""
