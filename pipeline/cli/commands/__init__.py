"""The commands, a file each.

A module in this folder is found by itself. Its name is the command's, and its `command` is what
`click.command` makes: a function that returns an exit code, or None for 0. The first line of its
docstring stands in the list of commands. What takes seconds to import is imported inside it.
"""
