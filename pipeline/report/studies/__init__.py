"""What a study shows: its figures, its words, and its page."""
