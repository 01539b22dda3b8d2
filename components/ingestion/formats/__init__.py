"""The formats data sets come in. They know the format, and no data set."""
