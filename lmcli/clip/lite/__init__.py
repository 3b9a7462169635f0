"""How the bundled picture model clip-lite is made; nothing here is needed to run it."""
