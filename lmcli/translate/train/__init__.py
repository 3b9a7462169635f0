"""How translators are learnt (extra train): pairs, vocabularies, the nets, the bundled model's recipe."""
