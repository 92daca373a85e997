"""Floor 2: from a question to a checked answer, over HTTP."""
