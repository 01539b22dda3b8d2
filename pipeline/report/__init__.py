"""One run's comparison for people: the summary, the verdict in words, the HTML page."""
