"""How a run is shown: its report."""
