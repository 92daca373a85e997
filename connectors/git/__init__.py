"""Documents in one branch of a git repository."""
