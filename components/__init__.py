"""What one node does. Nothing in here knows which experiment it serves: it never imports `pipeline`."""
