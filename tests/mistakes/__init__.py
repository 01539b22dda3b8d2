"""Mistakes that people make, over all commands: each costs one line and exit code 2.

`words` holds mistakes in the command itself, `values` those in settings, `folders` those in data,
`runs` those in folders of runs; `test_mistakes` makes them all.
"""
