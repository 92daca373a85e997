"""Judging answers, and making evaluation cases of what was judged."""
