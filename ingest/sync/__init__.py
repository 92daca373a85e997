"""The sync engine: manifest, runs, deletions."""
