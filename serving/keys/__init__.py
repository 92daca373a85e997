"""Issuing and revoking API keys."""
