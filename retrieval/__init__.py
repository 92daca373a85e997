"""Floor 1: embed, index, search."""
