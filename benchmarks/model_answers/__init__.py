"""How good answers are that a real language model writes, and what the checks make of its text."""
