"""Rewriters of follow-ups that ask a model."""
