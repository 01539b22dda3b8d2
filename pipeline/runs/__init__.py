"""What runs leave: folders and locks, events, ML Metadata."""
