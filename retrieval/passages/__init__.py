"""What happens to hits once they are ranked."""
