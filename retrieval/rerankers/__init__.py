"""Putting the hits of a search into a better order."""
