"""Drafting questions from documents by a model, for a person to accept."""
