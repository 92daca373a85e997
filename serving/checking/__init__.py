"""Does each claim say no more than what it cites? Checks in layers, each with its own result."""
