"""Finds, fetches, verifies and unpacks data sets."""
