"""What the process from which workers fork imports."""

from components.garbage import collecting_less

with collecting_less():
    import pipeline.dag
    import pipeline.runners.local.worker  # noqa: F401 what runs them
