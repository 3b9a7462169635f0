"""Language models from nothing: a text, a tokenizer, a small transformer, and what it has learnt (extra train).

Read `transformer` first, then `objective`; `ngrams` are what it is measured by, `corpus` brings the text in parts.
"""
