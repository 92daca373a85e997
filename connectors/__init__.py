"""Floor 1: what a source says. One folder per system."""
