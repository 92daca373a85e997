"""Registering and syncing sources."""
