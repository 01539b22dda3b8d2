"""How the candidate is judged against the baseline."""
