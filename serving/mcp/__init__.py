"""The Model Context Protocol: the API's reading side as tools for other programs."""
