"""What a listing named, kept so that the next one can name changes alone."""
