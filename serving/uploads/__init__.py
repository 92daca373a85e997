"""Pushing documents."""
