"""How the parts of models are fetched: hub, package index, archives, checked and resumed."""
