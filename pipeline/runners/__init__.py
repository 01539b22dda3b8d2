"""Where a pipeline runs: a folder each."""
