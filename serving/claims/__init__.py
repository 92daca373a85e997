"""Claims in a text: which of its pieces say something that can be checked."""
