"""Answering a question with checked citations."""
