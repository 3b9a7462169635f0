"""Decoders: a graph, its tokenizer, what it has read; lmcli's own graphs, and those of the hub and of genai."""
