"""Notebooks on finished runs, and the plots they show."""
