"""Quality metrics: one a file, each a plain function of what was returned and what was wanted."""
