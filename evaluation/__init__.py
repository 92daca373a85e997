"""Floor 1: evaluation sets, metrics and reports."""
