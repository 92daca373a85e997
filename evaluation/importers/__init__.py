"""Evaluation sets from other formats."""
