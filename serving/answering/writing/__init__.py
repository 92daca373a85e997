"""Answers written by a language model, checked sentence by sentence while it writes."""
