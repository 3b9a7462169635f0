"""A small grammar that writes Chinese and English side by side, and knows which word comes from which.

`rules.txt` holds the sentences' patterns, `lexicon.txt` the words; `rules` reads the first, `slots` fills them.
"""
