"""Judging answers: by a model where one is set, and how far such a judge agrees with people."""
