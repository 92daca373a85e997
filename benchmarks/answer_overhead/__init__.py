"""What an answer costs beside its model, alone and fifty at a time."""
