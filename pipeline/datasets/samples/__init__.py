"""Generated stand-ins for the data sets, in their formats: a file each."""
