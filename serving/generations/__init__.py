"""The generation of the index that is served."""
