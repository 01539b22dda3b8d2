"""Feeds damaged and hostile files to what reads other people's files: `make fuzz`.

Each target takes small sound samples, changes them with their structure in mind, and reads the
result in a child process with bounds on memory and time. What a reader may do is to read it, or to
refuse it with a `UserError` of one line; all else is a failure, and its input is kept.

    python -m tests.fuzz                     every target, 10,000 inputs each
    python -m tests.fuzz zip tar --minutes 30
    python -m tests.fuzz pickle --seed 3 --from 1234 --inputs 1   one input again

An input is made from its target's name, the seed and its number alone.
"""
