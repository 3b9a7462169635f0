"""Decoder-only language models: completion, next-token tables, scoring, prompting and chat."""
