"""Where a passage says what a quote or a claim says."""
