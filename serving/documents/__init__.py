"""Reading one document."""
