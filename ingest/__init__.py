"""Floor 2: from a document to its chunks in the index."""
