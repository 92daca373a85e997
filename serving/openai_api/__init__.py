"""Assistants as models of an OpenAI-compatible API, for chat UIs and clients that speak it."""
