"""What one node does, whatever experiment it serves. Never imports `pipeline`."""
