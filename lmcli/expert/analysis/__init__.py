"""What can be said of a base: faults, its graph, the cheapest changes to a case."""
