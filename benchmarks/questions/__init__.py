"""What understanding questions is worth."""
