"""Whether what is quoted says what is claimed."""
