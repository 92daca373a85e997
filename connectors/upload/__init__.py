"""Documents that are pushed through the API instead of pulled from a system."""
