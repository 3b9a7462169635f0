"""Learning from examples: one loop for everything that is learnt here, and what stands around it (extra train).

Read `loop` first. `data` and `split` bring the examples, `batches` puts like lengths together, `checkpoint` lets a
training go on where it stopped, `export` makes a graph of what was learnt, `scores` judges it.
"""
