"""Rotating the key that the sources' credentials are encrypted with."""
