"""Which experiment runs, wired how, and where."""

#: As in `setup.py`, which is used without this package when the image is built.
__version__ = "0.1.0"
