"""Questions answered from texts: retrieval, a language model that reads what was found, marks that are checked."""
