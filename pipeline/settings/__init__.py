"""What can be set: the types, their checks, and changes from the command line."""
