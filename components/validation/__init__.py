"""The schema of a picture data set, and the check that stops a run on bad data."""
