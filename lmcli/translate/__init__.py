"""Translation with a whole transformer: encoder, decoder, and the cross-attention between them.

Read `translating` first, then `search` (greedy, beam, samples) and `model` (the two graphs); `steps` walks one sentence
through it.
"""
