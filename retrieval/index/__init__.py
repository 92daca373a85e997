"""The vector index behind one small protocol."""
