"""Defining assistants, and saying which there are."""
