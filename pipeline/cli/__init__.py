"""The command line: `python -m pipeline`, also installed as `regularization-pipeline`."""
