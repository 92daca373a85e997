"""Labelled pairs of a claim and what it cites, and how well the check tells them apart."""
